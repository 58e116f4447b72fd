import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { functionScorer } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { dpo, rloo } from '@ais/objectives';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { runFolder, untimedMetrics } from '../../test/run-folder.js';
import { tinyExamples, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { TrainingInterrupted } from '../errors.js';
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
  'moves the reference of the %s stage towards the policy, and resumes bit for bit',
  async (name) => {
    const train = stages[name] as (options: TrainingOptions) => Promise<Run>;
    const start = values(keep(tinyModel()));
    const policies: number[][] = [];
    // The policy after 2 and after 4 updates, from runs of that length with the same schedule.
    for (const steps of [2, 4])
      policies.push(values((await train(optionsIn(`steps-${steps}`, { steps }))).policy));
    const whole = await train(optionsIn('whole'));
    const expected = policies.reduce(
      (reference, policy) => reference.map((value, index) => 0.75 * value + 0.25 * (policy[index] ?? 0)),
      start,
    );
    values(whole.reference).forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 5);
    });

    const stop = new AbortController();
    const stopped = train(
      optionsIn('stopped', {
        signal: stop.signal,
        onProgress: ({ step }) => {
          if (step === 3) stop.abort();
        },
      }),
    );
    await expect(stopped).rejects.toBeInstanceOf(TrainingInterrupted);
    await train(optionsIn('stopped', { resume: true }));
    for (const file of ['model.safetensors', 'optimizer.safetensors', 'reference.safetensors']) {
      const [a, b] = await Promise.all(
        ['whole', 'stopped'].map((run) => readFile(join(folder(run), 'checkpoints', 'step-5', file))),
      );
      expect(a?.equals(b as Buffer)).toBe(true);
    }
    expect(await untimedMetrics(folder('stopped'))).toEqual(await untimedMetrics(folder('whole')));
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
