import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configureStudies } from '../src/configuration/study-configuration.js';
import type { PolicyStudySettings } from '../src/settings/study-settings.js';

const tool = (name: string): string => fileURLToPath(new URL(`../../../tools/gpu/${name}`, import.meta.url));

test('the settings for SmolLM2 run DPO, AIS-DPO, and the controls at two β, judged by the facts', async () => {
  const { settings } = await configureStudies(
    { name: 'controls', seeds: [3], file: tool('smollm2.yaml') },
    'store',
  );
  const [study] = settings as PolicyStudySettings[];
  expect(study).toMatchObject({
    gold: { judge: 'facts' },
    seeds: [1, 2, 3],
    evaluation: { temperature: 0.01 },
  });
  const runs = study!.runs.map(({ method, beta }) => `${method.title}, ${beta}`);
  expect(runs).toHaveLength(2 * 7);
  expect(runs).toEqual(expect.arrayContaining(['DPO, 0.1', 'AIS-DPO, 0.01', 'mean weight alone, 0.1']));
});
