// What shows in gradients alone, or with some options alone.
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  adaptiveImportance,
  detach,
  dpo,
  type Objective,
  type PairBatch,
  rloo,
  simpo,
  tokenWeighted,
  weightBounds,
  wpo,
} from '../../index.js';
import { type LawName, objectiveChecks } from '../index.js';

type Options = { beta: number };
const optionsArbitrary = fc.record({ beta: fc.constantFrom(0.05, 0.1, 0.5) });
const skip = { golden: 'what is wrong has none' };

/** DPO with each loss as it is, and its gradient times a factor. */
const withFactor =
  (factorOf: (batch: PairBatch) => tf.Tensor, requires?: Partial<Objective['requires']>) =>
  (options: Options): Objective => {
    const sound = dpo(options);
    return {
      ...sound,
      requires: { ...sound.requires, ...requires },
      evaluate: (batch) =>
        tf.tidy(() => {
          const { losses, metrics } = sound.evaluate(batch);
          const constant = detach(losses);
          const factor = detach(factorOf(batch));
          const change = tf.mul(factor, tf.sub(losses, constant));
          return { losses: tf.add<tf.Tensor1D>(constant, change), metrics };
        }),
    };
  };

/** From ½ to 2, one per row. */
const weightOf = (policy: tf.Tensor1D, other: tf.Tensor1D | undefined): tf.Tensor1D =>
  other ? tf.exp(tf.clipByValue(tf.sub<tf.Tensor1D>(policy, other), -0.7, 0.7)) : tf.onesLike(policy);

const hidden: [LawName, string, (options: Options) => Objective, RegExp][] = [
  [
    'independence',
    'weights over their mean',
    withFactor((batch) => {
      const weights = weightOf(batch.policyChosen, batch.policyRejected);
      return tf.div(weights, tf.mean(weights));
    }),
    /the gradient of policy(Chosen|Rejected) in row 0 is .* alone and .* beside the others; if gradients depend on the whole batch, declare requires\.wholeBatch\n.*\n {2}batch of 2 rows/,
  ],
  [
    'requirements',
    'weights by certainty',
    withFactor((batch) => weightOf(tf.zerosLike(batch.policyChosen), batch.chosenCertainty)),
    /requires\.certainty is not set, but (with another certainty|without it) the gradient of policy(Chosen|Rejected) is/,
  ],
  [
    'behavior',
    'no weights where the behavior policy is absent',
    withFactor((batch) => weightOf(batch.policyChosen, batch.behaviorChosen)),
    /without behavior log-probabilities, the gradient of policy(Chosen|Rejected) is/,
  ],
];

describe.each(hidden)('%s', (law, what, factory, message) => {
  it(`catches ${what} of a gradient`, async () => {
    const checks = objectiveChecks(factory, { optionsArbitrary, numRuns: 10, seed: 7, skip });
    await expect(checks.find(({ name }) => name === law)?.run()).rejects.toThrow(message);
  });
});

describe('requirements', () => {
  async function warningsOf<O, B>(
    factory: (options: O) => Objective<B>,
    arbitrary: fc.Arbitrary<O>,
  ): Promise<readonly unknown[]> {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      const checks = objectiveChecks(factory, { optionsArbitrary: arbitrary, numRuns: 3, seed: 1, skip });
      await checks.find(({ name }) => name === 'requirements')?.run();
      return warn.mock.calls;
    } finally {
      warn.mockRestore();
    }
  }

  it('says nothing of a reference that a gradient reads', async () => {
    const beta = fc.constantFrom(2, 2.5);
    expect(
      await warningsOf((options) => tokenWeighted(simpo({ ...options, gamma: 0.5 })), fc.record({ beta })),
    ).toEqual([]);
  });

  it('says nothing of a reference that a baseline reads', async () => {
    expect(await warningsOf(rloo, fc.record({ beta: fc.constantFrom(0.25, 0.5) }))).toEqual([]);
  });
});

describe('requirements that depend on options', () => {
  const bounds = weightBounds({ clipTokens: { upper: 1 } });
  const flag = fc.record({ on: fc.boolean() });
  const sometimes: [string, ({ on }: { on: boolean }) => Objective][] = [
    ['tokens', ({ on }) => dpo({ beta: 0.1, importance: adaptiveImportance(on ? { bounds } : {}) })],
    ['certainty', ({ on }) => (on ? wpo({ beta: 0.1 }) : dpo({ beta: 0.1 }))],
  ];

  it.each(sometimes)('are all met, whichever options come first: %s', async (_, factory) => {
    for (const seed of [1, 2, 3, 4]) {
      const checks = objectiveChecks(factory, { optionsArbitrary: flag, numRuns: 4, seed, skip });
      for (const law of ['shape', 'malformed']) await checks.find(({ name }) => name === law)?.run();
    }
  });
});
