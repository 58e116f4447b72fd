import { stagesInOrder } from '@ais/workflow';
import { describe, expect, test } from 'vitest';
import { policyPresetOf, presetOf } from '../../test/preset-of.js';
import { builtInStudies } from '../catalog/catalog.js';
import { planStudy } from '../plan/study-plan.js';
import { type PolicyStudySettings, parseStudySettings } from '../settings/study-settings.js';
import { chooseMethod } from '../stages/preference-stage.js';
import { trainsPolicies } from '../study/study.js';
import { searchPreset } from './study-presets.js';

const scales = ['tiny', 'small', 'paper'] as const;
const studyNames = builtInStudies.map(({ name }) => name);
const trainedNames = builtInStudies.filter(trainsPolicies).map(({ name }) => name);
function seedsOf(name: string, scale: string): number {
  if (name === 'exact') return scale === 'tiny' ? 6 : 300;
  return scale === 'tiny' || name === 'fig1' ? 1 : 3;
}
const trained = (name: string, scale: string): PolicyStudySettings => policyPresetOf(name, { scale });

describe.each(scales)('at %s scale', (scale) => {
  test.each(studyNames)('%s is valid', (name) => {
    const settings = presetOf(name, { scale });
    expect(parseStudySettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    expect(settings.seeds).toHaveLength(seedsOf(name, scale));
  });

  test.each(trainedNames)(
    'every method of %s builds its objective, and has a title of its own',
    async (name) => {
      const { runs } = trained(name, scale);
      for (const { method, beta } of runs) {
        const chosen = await chooseMethod(method, beta);
        expect(chosen.objective.name.startsWith('ais-')).toBe(method.importance !== 'none');
      }
      const titles = runs.map(({ method, beta, data }) => `${method.title} ${beta} ${data}`);
      expect(new Set(titles).size).toBe(titles.length);
    },
  );

  test('a search has three seeds that no study has, or as many as are asked for', () => {
    expect(searchPreset({ scale })['seeds']).toEqual([101, 102, 103]);
    expect(searchPreset({ scale, seeds: [2] })['seeds']).toEqual([101, 102]);
  });

  test('a search varies the learning rate of DPO and nothing else', () => {
    const settings = parseStudySettings(searchPreset({ scale, learningRates: [1e-5, 1e-4] }));
    const { runs } = settings as PolicyStudySettings;
    expect(runs.map(({ training, beta }) => ({ ...training, beta }))).toEqual([
      { learningRate: 1e-5, beta: 0.01 },
      { learningRate: 1e-4, beta: 0.01 },
    ]);
  });
});

describe('the stages of studies', () => {
  const keys = async (name: string, seeds = 1): Promise<string[]> => {
    const { runs } = await planStudy(
      { ...trained(name, 'small'), seeds: [1, 2, 3].slice(0, seeds) },
      'native',
    );
    return stagesInOrder(runs.map(({ stage }) => stage)).map(({ key }) => key);
  };

  test('of fig3 are all among those of fig2, and fig7 is fig3', async () => {
    const fig2 = new Set(await keys('fig2'));
    const fig3 = await keys('fig3');
    expect(fig3.filter((key) => !fig2.has(key))).toEqual([]);
    expect(await keys('fig7')).toEqual(fig3);
    expect(await keys('fig10')).toEqual(await keys('fig8'));
  });

  test('share corpus, SFT and gold model between seeds, and nothing else', async () => {
    const plan = await planStudy({ ...trained('fig2', 'small'), seeds: [1, 2, 3] }, 'native');
    const stages = stagesInOrder(plan.runs.map(({ stage }) => stage));
    const count = (wanted: string): number => stages.filter(({ kind }) => kind.name === wanted).length;
    const kinds = ['corpus', 'sft', 'gold', 'pairs', 'baseline', 'preference'];
    expect(kinds.map(count)).toEqual([1, 2, 1, 3, 3, 3 * 16]);
    expect(stages).toHaveLength(1 + 2 + 1 + 3 + 3 + 3 * 16);
    expect(stages).toContainEqual(plan.gold);
  });

  test('depend on the back end, but for the corpus', async () => {
    const { runs } = await planStudy({ ...trained('fig4', 'small'), seeds: [1] }, 'wasm');
    const wasm = stagesInOrder(runs.map(({ stage }) => stage));
    const native = new Set(await keys('fig4'));
    expect(wasm.filter(({ key }) => native.has(key)).map(({ kind }) => kind.name)).toEqual(['corpus']);
  });

  test('come after what they rest on', async () => {
    const { runs } = await planStudy({ ...trained('fig6', 'tiny'), seeds: [1] }, 'wasm');
    const seen = new Set<string>();
    for (const { key, needs } of stagesInOrder(runs.map(({ stage }) => stage))) {
      for (const needed of Object.values(needs)) expect(seen.has(needed.key)).toBe(true);
      seen.add(key);
    }
  });
});

describe('what is not there', () => {
  test.each([
    [() => presetOf('fig13'), 'fig13'],
    [() => presetOf('fig2', { scale: 'huge' }), 'huge'],
    [() => parseStudySettings({ ...presetOf('fig2'), seeds: [] }), 'seeds'],
    [() => parseStudySettings({ ...presetOf('fig2'), source: 'debian' }), 'gold.judge'],
    [() => parseStudySettings({ ...presetOf('fig2'), colour: 'red' }), 'colour'],
  ])('is said by name: %#', (make, named) => {
    expect(make).toThrow(named);
    expect(make).toThrow(expect.objectContaining({ exit: 'usage' }));
  });
});
