import { functionScorer } from '@ais/gold-eval';
import type { PromptResponse } from '@ais/language-model';
import { rloo } from '@ais/objectives';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { runFolder } from '../../test/run-folder.js';
import { tinyExamples, tinyModel } from '../../test/tiny-model.js';
import { inParts, openPartialWork } from '../run/partial-work.js';
import { openShard } from '../run/shards.js';
import { trainPolicyGradient } from '../stages/policy-gradient.js';
import { planTraining, type TrainingOptions, trainingSteps } from './training-options.js';

const folder = runFolder();
const keep = keptModels();
const refused = (message: string): unknown =>
  expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(message) });
const options = { directory: 'never-written', seed: 1, batchSize: 2, learningRate: 1e-2 };
const noCounts = [Number.NaN, 0.5, -1];

it.each(noCounts)('counts no steps with %s', (value) => {
  for (const name of ['steps', 'batchSize', 'iterations'] as const) {
    const wrong = { batchSize: 2, [name]: value };
    expect(() => trainingSteps(wrong, 4)).toThrow(refused(`${name} must be an integer ≥ 1, got ${value}.`));
    expect(() => planTraining(4, { ...options, ...wrong })).toThrow(refused(`${name} must be an integer`));
  }
  expect(() => trainingSteps({ batchSize: 2 }, value)).toThrow(refused('exampleCount must be an integer'));
  if (value === 0.5) return;
  expect(() => trainingSteps({ batchSize: 2, epochs: value }, 4)).toThrow(refused('epochs must be above 0'));
});

it.each<[string, Partial<TrainingOptions>]>([
  [
    'selection.budget.maximum must be a number',
    { selection: { metric: 'a', budget: { metric: 'b', maximum: Number.NaN } } },
  ],
  ['watch.lossSpike must be a number ≥ 0, or false, got NaN.', { watch: { lossSpike: Number.NaN } }],
  [
    'watch.effectiveSampleSize must be a share from 0 to 1, or false, got 1.5.',
    { watch: { effectiveSampleSize: 1.5 } },
  ],
])('refuses what would never come to pass: %s', (message, wrong) => {
  expect(() => planTraining(4, { ...options, ...wrong })).toThrow(refused(message));
});

it('refuses to subtract a penalty that is no number', async () => {
  const [policy, reference] = [keep(tinyModel(1)), keep(tinyModel(2))];
  const scorer = functionScorer<PromptResponse>('none', () => 0);
  const given = { ...options, steps: 1, maxNewTokens: 2, directory: folder('samples') };
  await expect(
    trainPolicyGradient({ policy, reference, scorer }, tinyExamples(2), rloo({ beta: 0.1 }), {
      ...given,
      missingEndPenalty: Number.NaN,
    }),
  ).rejects.toThrow(refused('missingEndPenalty must be a finite number, got NaN.'));
});

it.each(noCounts)('has no %s parts', async (count) => {
  const work = await openPartialWork<number>(folder('parts'), {}, false);
  await expect(inParts(work, count, async () => 1)).rejects.toThrow(refused('count must be an integer ≥ 0'));
  await expect(openShard(folder('shard'), {}, { index: 1, count: 1 }, count)).rejects.toThrow(
    refused('parts must be an integer ≥ 0'),
  );
});
