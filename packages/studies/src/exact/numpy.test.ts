import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ArmName, arms } from './arms.js';
import { compareArms } from './compare-arms.js';
import { winProbabilities } from './gold-reward.js';
import type { PreferenceWorld } from './preference-world.js';
import { responseSpace } from './response-space.js';
import { logProbTable, responseLogProbs } from './tabular-policy.js';
import { trainPolicy } from './train-policy.js';

/** Made by make-exact.py beside it, with NumPy alone. */
const made = JSON.parse(readFileSync(new URL('../../fixtures/exact.json', import.meta.url), 'utf8')) as {
  readonly paths: readonly PathFixture[];
  readonly decomposition: {
    readonly settings: Readonly<
      Record<'vocabulary' | 'length' | 'context' | 'pairs' | 'flips' | 'referenceSpread', number> &
        Record<'updates' | 'batchSize' | 'learningRate' | 'beta', number>
    >;
    readonly less_dpo: Readonly<
      Record<
        'kl' | 'gold' | 'win',
        Readonly<Record<ArmName, { readonly value: number; readonly half: number }>>
      >
    >;
  };
};

interface PathFixture {
  readonly vocabulary: number;
  readonly length: number;
  readonly context: number;
  readonly updates: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly beta: number;
  readonly reference: readonly number[];
  readonly rewards: readonly number[];
  readonly logBehavior: readonly number[];
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
  readonly order: readonly number[];
  readonly paths: Readonly<
    Record<'dpo' | ArmName, Readonly<Record<'kl' | 'gold' | 'win', readonly number[]>>>
  >;
}

describe.each(made.paths.map((path) => [`V = ${path.vocabulary}, T = ${path.length}`, path] as const))(
  'with what NumPy drew, %s',
  (_, path) => {
    const space = responseSpace(path.vocabulary, path.length, path.context);
    const reference = Float64Array.from(path.reference);
    const logReference = responseLogProbs(space, logProbTable(space, reference));
    const rewards = Float64Array.from(path.rewards);
    const pairs = {
      chosen: Int32Array.from(path.chosen),
      rejected: Int32Array.from(path.rejected),
      logBehavior: Float64Array.from(path.logBehavior),
    };
    const wins = winProbabilities(rewards, logReference);
    const world: PreferenceWorld = {
      reference,
      logReference,
      rewards,
      wins,
      pairs: { reference: pairs, shifted: pairs },
    };

    test.each([undefined, ...arms].map((arm) => [arm?.name ?? 'dpo', arm] as const))(
      '%s takes the same path, update by update',
      (name, arm) => {
        const weighting = arm
          ? { alpha: arm.alpha(path.length), normalization: arm.normalization }
          : ({ alpha: 0, normalization: 'none' } as const);
        const points = trainPolicy(
          space,
          world,
          { beta: path.beta, weighting, pairs, logBehavior: pairs.logBehavior },
          { ...path, evaluations: path.updates },
          Int32Array.from(path.order),
        );
        for (const key of ['kl', 'gold', 'win'] as const) {
          const theirs = path.paths[name][key];
          expect(points).toHaveLength(theirs.length);
          for (const [update, point] of points.entries()) expect(point[key]).toBeCloseTo(theirs[update]!, 9);
        }
      },
    );
  },
);

test('the decomposition is NumPy’s, within the intervals of both', async () => {
  const { settings, less_dpo } = made.decomposition;
  const { vocabulary, length, context, pairs, flips, referenceSpread, beta, ...training } = settings;
  const findings = await compareArms({
    world: { vocabulary, length, context, pairs, flips, referenceSpread, shiftTemperature: 1 },
    training: { ...training, evaluations: 1 },
    betas: [beta],
    shifts: ['none'],
    looks: [100],
  });
  for (const { name } of arms) {
    const found = findings.find(({ arm, at }) => arm === name && at === 'steps');
    for (const key of ['kl', 'gold', 'win'] as const) {
      const [own, theirs] = [found![key], less_dpo[key][name]];
      expect(Math.abs(own.value - theirs.value)).toBeLessThan(own.half + theirs.half);
    }
  }
});
