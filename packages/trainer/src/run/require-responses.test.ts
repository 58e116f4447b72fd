import { dpo, kto, simpo } from '@ais/objectives';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { runFolder } from '../../test/run-folder.js';
import { tinyExamples, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { supervisedLoss } from '../evaluation/supervised-loss.js';
import { computeReferenceLogProbs, openReferenceLogProbs } from '../inference/reference-log-probs.js';
import { trainPreference } from '../stages/preference.js';
import { trainSft } from '../stages/sft.js';
import { mismatchedPairs, trainUnpaired } from '../stages/unpaired.js';

const folder = runFolder();
const keep = keptModels();
const options = (name: string) => ({
  directory: folder(name),
  seed: 1,
  steps: 1,
  batchSize: 1,
  learningRate: 1e-2,
});
const refused = (message: string): unknown =>
  expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(message) });

it('refuses examples with nothing to learn before the first step, by their names', async () => {
  const model = keep(tinyModel());
  const examples = tinyExamples(6);
  const withLast = (response: number[], prompt = [1, 2]) => [
    ...examples.slice(1),
    { id: 'last', prompt, response },
  ];
  const nothing = refused('There is nothing to learn from example "last", which has no response token');
  await expect(trainSft(model, withLast([]), options('empty'))).rejects.toThrow(nothing);
  // The first token of a sequence is given, never predicted.
  await expect(trainSft(model, withLast([3], []), options('given'))).rejects.toThrow(nothing);
  // What is learned of this one is its prompt.
  const { metrics } = await trainSft(model, [withLast([]).at(-1)!], {
    ...options('prompts'),
    promptWeight: 1,
  });
  expect(metrics['loss']).toBeGreaterThan(0);
});

it.each(['chosen', 'rejected'] as const)('refuses pairs with an empty %s response', async (side) => {
  const model = keep(tinyModel());
  const pairs = [...tinyPairs(3), { ...tinyPairs(4).at(-1)!, [side]: [] }];
  const nothing = refused(
    `There is nothing to learn from pair "pair-3", which has an empty ${side} response.`,
  );
  const computing = { microBatchSize: 2 };
  await expect(computeReferenceLogProbs(model, pairs, computing)).rejects.toThrow(nothing);
  await expect(
    openReferenceLogProbs(model, pairs, { ...computing, path: folder('reference.json') }),
  ).rejects.toThrow(nothing);
  // One that reads the reference, and one that takes the mean over the tokens of each response.
  for (const objective of [dpo({ beta: 0.1 }), simpo({ beta: 1, gamma: 0 })]) {
    await expect(
      trainPreference(model, undefined, pairs, objective, options(objective.name)),
    ).rejects.toMatchObject({ name: 'TrainerError' });
  }
  await expect(
    trainPreference(model, undefined, pairs, simpo({ beta: 1, gamma: 0 }), options('simpo')),
  ).rejects.toThrow(nothing);
});

it('refuses labeled responses that are empty', async () => {
  const model = keep(tinyModel());
  const labeled = tinyExamples(3).map((example, index) => ({ ...example, desirable: index !== 1 }));
  const logProbs = await computeReferenceLogProbs(model, mismatchedPairs(labeled), { microBatchSize: 2 });
  const empty = labeled.with(1, { ...labeled[1]!, response: [] });
  await expect(
    trainUnpaired(model, logProbs, empty, kto({ beta: 0.1 }), options('unpaired')),
  ).rejects.toThrow(refused('There is nothing to learn from example "example-1"'));
});

it('has no loss of nothing', async () => {
  const model = keep(tinyModel());
  await expect(supervisedLoss(model, [])).rejects.toThrow(
    refused('There is no response token to measure the loss on, got no examples.'),
  );
  const empty = tinyExamples(2).map((example) => ({ ...example, response: [] }));
  await expect(supervisedLoss(model, empty)).rejects.toThrow(refused('examples with empty responses.'));
});
