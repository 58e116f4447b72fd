import { describe, expect, test } from 'vitest';
import { configureStudies } from './study-configuration.js';

const configured = (name: string, request: object = {}) => configureStudies({ name, ...request }, 'store');

describe('seeds that are named', () => {
  test('are those of the exact study, in its command too', async () => {
    const { settings, commands } = await configured('exact', { scale: 'paper', onlySeeds: [4, 5, 6] });
    expect(settings[0]).toMatchObject({ seeds: [4, 5, 6] });
    expect(settings[0]).not.toHaveProperty('looks');
    expect(commands['exact']).toBe('ais study exact --scale paper --seeds 4-6');
  });

  test('are those of every study that has several, among all', async () => {
    const { settings } = await configured('all', { onlySeeds: [4, 5] });
    for (const { study, seeds } of settings) expect(seeds, study).toEqual(study === 'fig1' ? [1] : [4, 5]);
  });

  test.each([
    ['exact', [4, 6], /seeds: .* in a row, got 4, 6/],
    [
      'fig1',
      [4, 5, 6],
      /seeds: fig1 draws its samples with one seed, got 4, 5, 6\. Give one \(--seeds 4-4\)/,
    ],
  ])('are refused where a study would not run them: %s %j', async (name, onlySeeds, message) => {
    await expect(configured(name, { onlySeeds })).rejects.toThrow(message);
    await expect(configured(name, { onlySeeds })).rejects.toMatchObject({ exit: 'usage' });
  });

  test('are fig1’s, if it is one', async () => {
    const { settings } = await configured('fig1', { onlySeeds: [4] });
    expect(settings[0]?.seeds).toEqual([4]);
  });
});

test.each([
  ['seeds=[1,1]', /seeds: expected each one once, got 1, 1/],
  ['betas=[0.1,0.1]', /betas: expected each one once, got 0\.1, 0\.1/],
  ['controls=[bounded,bounded]', /controls: expected each one once, got bounded, bounded/],
])('what is listed twice is refused before anything is trained: %s', async (assignment, message) => {
  await expect(configured('fig3', { assignments: [assignment] })).rejects.toThrow(message);
});

test('a run with the title of a control that is added is refused', async () => {
  const bounded = '{ method: { title: "AIS-DPO, bounded", objective: ipo }, beta: 0.1, data: D1 }';
  const ais = '{ method: { title: AIS-DPO, objective: dpo }, beta: 0.2, data: D1 }';
  const assignments = [`runs=[${bounded}, ${ais}]`, 'controls=[bounded]'];
  await expect(configured('fig3', { assignments })).rejects.toThrow(
    /runs\[2\]\.title: "AIS-DPO, bounded" is another method in runs\[0\]/,
  );
});

test('a search tries each learning rate once', async () => {
  await expect(configured('search', { learningRates: [1e-5, 1e-5] })).rejects.toMatchObject({
    code: 'invalid-settings',
  });
});
