import { functionScorer } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { cispo, dpo, rloo, simpo } from '@ais/objectives';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { expectResumesBitForBit } from '../../test/resumed-run.js';
import { runFolder, untimedMetrics } from '../../test/run-folder.js';
import { tinyExamples, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
import type { TrainingOptions } from '../loop/training-options.js';
import { trainOnlinePreference } from './online-preference.js';
import { trainPolicyGradient } from './policy-gradient.js';
import { trainPreference } from './preference.js';

const folder = runFolder();
const keep = keptModels();

const values = (model: CausalLanguageModel): number[] =>
  [...model.parameters.values()].flatMap((variable) => [...variable.dataSync()]);

interface Run {
  readonly policy: CausalLanguageModel;
  readonly reference: CausalLanguageModel;
}

const sync = { every: 2, mixup: 0.25 };

/** Each stage that can move its reference, for 5 steps. */
const stages: Readonly<Record<string, (options: TrainingOptions) => Promise<Run>>> = {
  async preference(options) {
    const [policy, reference] = [keep(tinyModel()), keep(tinyModel())];
    const pairs = tinyPairs(9);
    const logProbs = await computeReferenceLogProbs(reference, pairs, { microBatchSize: 4 });
    await trainPreference(policy, logProbs, pairs, dpo({ beta: 0.5 }), {
      ...options,
      referenceSync: { model: reference, ...sync },
    });
    return { policy, reference };
  },
  async online(options) {
    const [policy, reference] = [keep(tinyModel()), keep(tinyModel())];
    await trainOnlinePreference({ policy, reference, scorer }, tinyExamples(9), dpo({ beta: 0.5 }), {
      ...options,
      maxNewTokens: 4,
      referenceSync: sync,
    });
    return { policy, reference };
  },
  async samples(options) {
    const [policy, reference] = [keep(tinyModel()), keep(tinyModel())];
    await trainPolicyGradient({ policy, reference, scorer }, tinyExamples(9), rloo({ beta: 0.5 }), {
      ...options,
      maxNewTokens: 4,
      referenceSync: sync,
    });
    return { policy, reference };
  },
};
const scorer = functionScorer(
  'fives',
  ({ response }: PromptResponse) => response.filter((token) => token === 5).length,
);

const optionsIn = (name: string, more: Partial<TrainingOptions> = {}): TrainingOptions => ({
  directory: folder(name),
  seed: 1,
  steps: 5,
  batchSize: 4,
  learningRate: 1e-2,
  checkpointEvery: 1,
  ...more,
});

it.each(Object.keys(stages))(
  'moves the reference of the %s stage toward the policy, and resumes bit for bit',
  async (name) => {
    const train = stages[name] as (options: TrainingOptions) => Promise<Run>;
    const start = values(keep(tinyModel()));
    const policies: number[][] = [];
    // The policy after 2 and after 4 updates, from runs of that length with the same schedule.
    for (const steps of [2, 4])
      policies.push(values((await train(optionsIn(`steps-${steps}`, { steps }))).policy));
    const { whole } = await expectResumesBitForBit(folder, (run, more) => train(optionsIn(run, more)), {
      abortAt: 3,
      lastStep: 5,
      files: ['model.safetensors', 'optimizer.safetensors', 'reference.safetensors'],
    });
    const expected = policies.reduce(
      (reference, policy) => reference.map((value, index) => 0.75 * value + 0.25 * (policy[index] ?? 0)),
      start,
    );
    values(whole.reference).forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 5);
    });
  },
);

it('compares with the moved reference from the step after the move on', async () => {
  const train = stages['preference'] as (options: TrainingOptions) => Promise<Run>;
  await train(optionsIn('run'));
  const metrics = await untimedMetrics(folder('run'));
  const pairs = tinyPairs(9);
  const fixed = keep(tinyModel());
  const policy = keep(tinyModel());
  const reference = await computeReferenceLogProbs(fixed, pairs, { microBatchSize: 4 });
  await trainPreference(policy, reference, pairs, dpo({ beta: 0.5 }), optionsIn('fixed'));
  const unmoved = await untimedMetrics(folder('fixed'));
  expect(metrics.slice(0, 2)).toEqual(unmoved.slice(0, 2));
  expect(metrics[2]?.['rewards/margins']).not.toBe(unmoved[2]?.['rewards/margins']);
});

it.each([{ every: 0 }, { every: 1.5 }, { every: 1, mixup: 0 }, { every: 1, mixup: 1.5 }])(
  'refuses %j',
  async (referenceSync) => {
    const roles = { policy: keep(tinyModel()), reference: keep(tinyModel()), scorer };
    const options = { ...optionsIn('run'), maxNewTokens: 4, referenceSync };
    await expect(
      trainOnlinePreference(roles, tinyExamples(4), dpo({ beta: 1 }), options),
    ).rejects.toMatchObject({
      code: 'invalid-option',
    });
  },
);

it.each(['online', 'samples'])(
  'refuses to move a reference that the objective of the %s stage does not read',
  async (stage) => {
    const roles = { policy: keep(tinyModel()), reference: keep(tinyModel()), scorer };
    const options = { ...optionsIn('run'), maxNewTokens: 4, referenceSync: { every: 1 } };
    const run =
      stage === 'online'
        ? trainOnlinePreference(roles, tinyExamples(4), simpo({ beta: 2, gamma: 1 }), options)
        : trainPolicyGradient(roles, tinyExamples(4), cispo({ beta: 0 }), options);
    await expect(run).rejects.toThrow(
      /reads no reference, so there is none to move\. Leave out referenceSync/,
    );
  },
);

it('refuses a reference that is the policy itself', async () => {
  const policy = keep(tinyModel());
  const pairs = tinyPairs(4);
  const logProbs = await computeReferenceLogProbs(policy, pairs, { microBatchSize: 4 });
  await expect(
    trainPreference(policy, logProbs, pairs, dpo({ beta: 0.5 }), {
      ...optionsIn('run'),
      referenceSync: { model: policy, every: 1 },
    }),
  ).rejects.toThrow(/The reference is the policy itself/);
});
