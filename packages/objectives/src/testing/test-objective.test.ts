// The suite must catch what it promises to catch: one broken objective for each law.
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beta } from '../../test/options.js';
import { ObjectivesError } from '../errors.js';
import { detach, dpo, importanceWeighted, type Objective, type PairBatch, rloo } from '../index.js';
import { ConformanceError, type LawName, objectiveChecks, testObjective } from './index.js';

type Options = { beta: number };
const optionsArbitrary = fc.record({ beta });
const seed = 7;

/** DPO with something done to its evaluation. */
function spoiled(
  evaluate: (batch: PairBatch, sound: Objective) => ReturnType<Objective['evaluate']>,
  members: Partial<Objective> = {},
): (options: Options) => Objective {
  return (options) => {
    const sound = dpo(options);
    return { ...sound, ...members, evaluate: (batch) => evaluate(batch, sound) };
  };
}

const withLosses = (
  change: (losses: tf.Tensor1D, batch: PairBatch) => tf.Tensor1D,
  members?: Partial<Objective>,
) =>
  spoiled(
    (batch, sound) =>
      tf.tidy(() => {
        const { losses, metrics } = sound.evaluate(batch);
        return { losses: change(losses, batch), metrics };
      }),
    members,
  );

let uneven = 0;

const broken: [LawName, string, (options: Options) => Objective, RegExp][] = [
  [
    'description',
    'a name in capitals',
    withLosses((x) => tf.clone(x), { name: 'DPO' }),
    /the name 'DPO' is not/,
  ],
  [
    'description',
    'another version',
    withLosses((x) => tf.clone(x), { specificationVersion: 'v2' as 'v1' }),
    /specificationVersion is v2/,
  ],
  [
    'description',
    'unknown feedback',
    withLosses((x) => tf.clone(x), { requires: { feedback: 'stars' as 'pairs', reference: true } }),
    /requires.feedback is 'stars'/,
  ],
  [
    'description',
    'no word on the reference',
    withLosses((x) => tf.clone(x), { requires: { feedback: 'pairs' } as Objective['requires'] }),
    /requires.reference is neither/,
  ],
  [
    'shape',
    'a hidden mean',
    withLosses((x) => tf.mean(x) as unknown as tf.Tensor1D),
    /losses are \[\] of float32/,
  ],
  [
    'shape',
    'a metric as a scalar',
    spoiled((batch, sound) => ({
      ...sound.evaluate(batch),
      metrics: { loss: tf.scalar(1) as unknown as tf.Tensor1D },
    })),
    /the metric loss is \[\]/,
  ],
  [
    'extremes',
    'the logarithm of a sigmoid that rounds to 0',
    withLosses((_, b) =>
      tf.neg(tf.log<tf.Tensor1D>(tf.sigmoid(tf.sub<tf.Tensor1D>(b.policyChosen, b.referenceChosen)))),
    ),
    /is (Infinity|NaN)/,
  ],
  [
    'extremes',
    'what overflows at margins of 1e4, at the smallest β too',
    withLosses((_, b) => {
      const ratios = tf.sub<tf.Tensor1D>(b.policyChosen, b.referenceChosen);
      const margins = tf.mul<tf.Tensor1D>(0.01, tf.abs(ratios));
      return tf.exp(tf.sub<tf.Tensor1D>(margins, 9900));
    }),
    /is Infinity/,
  ],
  ['gradient', 'twice the gradient', withLosses((x) => doubledGradient(x)), /finite differences give/],
  [
    'permutation',
    'rows that count by their place',
    withLosses((x) => tf.mul(x, tf.add<tf.Tensor1D>(1, tf.range(0, x.size)))),
    /reordered/,
  ],
  [
    'independence',
    'a mean of the batch',
    withLosses((x) => tf.sub(x, tf.mean(x))),
    /the loss of row 0 alone/,
  ],
  [
    'constants',
    'a gradient into the reference',
    withLosses((x, b) => tf.add(x, b.referenceChosen)),
    /a gradient of the losses reaches referenceChosen/,
  ],
  [
    'constants',
    'a gradient out of a metric',
    spoiled((b, sound) => ({ ...sound.evaluate(b), metrics: { logp: tf.clone(b.policyChosen) } })),
    /a gradient of the metrics reaches policyChosen/,
  ],
  [
    'constants',
    'gradients out of metrics that cancel one another',
    spoiled((b, sound) => ({
      ...sound.evaluate(b),
      metrics: {
        rejected: tf.clone(b.policyRejected),
        margin: tf.sub(detach(b.policyChosen), b.policyRejected),
      },
    })),
    /a gradient of the metrics reaches policyRejected/,
  ],
  [
    'leaks',
    'a tensor left behind',
    spoiled((b, sound) => {
      tf.neg(b.policyChosen);
      return sound.evaluate(b);
    }),
    /leaves 1 tensors/,
  ],
  [
    'inputs',
    'disposing of the input',
    spoiled((b, sound) => {
      const evaluation = sound.evaluate(b);
      b.chosenLength.dispose();
      return evaluation;
    }),
    /disposed/,
  ],
  [
    'inputs',
    'another answer every time',
    withLosses((x) => {
      uneven += 1;
      return tf.add(x, uneven);
    }),
    /the same batch gave/,
  ],
  [
    'requirements',
    'an undeclared reference',
    withLosses((x) => tf.clone(x), { requires: { feedback: 'pairs', reference: false } }),
    /the loss with another reference/,
  ],
  [
    'requirements',
    'an undeclared certainty',
    withLosses((x, b) => (b.chosenCertainty ? tf.mul(2, x) : tf.clone(x))),
    /the loss without certainties/,
  ],
  [
    'malformed',
    'silent broadcasting',
    spoiled((b) => ({ losses: tf.sub(b.policyRejected, b.policyChosen), metrics: {} })),
    /no error is thrown; call checkBatch first/,
  ],
  [
    'behavior',
    'a behavior policy that is 0 where absent',
    withLosses((x, b) => tf.add(x, b.behaviorChosen ? detach(b.behaviorChosen) : 0)),
    /the loss where μ is the reference/,
  ],
];

describe.each(broken)('%s', (law, what, factory, message) => {
  it(`catches ${what}`, async () => {
    const check = objectiveChecks(factory, { optionsArbitrary, numRuns: 10, seed }).find(
      ({ name }) => name === law,
    );
    const caught: unknown = await check?.run().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(caught).toBeInstanceOf(Error);
    const { message: own, cause } = caught as Error;
    expect(`${own}\n${cause instanceof Error ? cause.message : ''}`).toMatch(message);
  });
});

describe('testObjective', () => {
  it('resolves for a sound objective', async () => {
    await testObjective(dpo, { optionsArbitrary, numRuns: 2 });
    await testObjective(rloo, {
      optionsArbitrary,
      numRuns: 2,
      skip: { gradient: 'its advantages are constant' },
    });
  });

  it('names the factory of the objective that fails', async () => {
    const broken = withLosses((x) => tf.sub(x, tf.mean(x)), { name: 'B' });
    const namedFactory = (options: Parameters<typeof broken>[0]): ReturnType<typeof broken> =>
      broken(options);
    await expect(testObjective(namedFactory, { optionsArbitrary, numRuns: 3, seed })).rejects.toThrow(
      /namedFactory fails \d+ of its checks/,
    );
  });

  it('names every check that fails', async () => {
    const caught: unknown = await testObjective(
      withLosses((x) => tf.sub(x, tf.mean(x)), { name: 'B' }),
      {
        optionsArbitrary,
        numRuns: 3,
        seed,
        limits: [{ name: 'it is DPO', at: (options) => options, equals: dpo }],
        golden: [
          {
            source: 'nowhere',
            options: { beta: 1 },
            batch: oneRow,
            losses: [5],
            gradients: { policyChosen: [7] },
          },
        ],
      },
    ).catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(ConformanceError);
    const failures = [...(caught as ConformanceError).failures.keys()];
    const { code, message } = caught as ConformanceError;
    expect(code).toBe('conformance');
    expect(message).toContain(`the objective fails ${failures.length} of its checks:\n`);
    expect(message.split('\n').length).toBeGreaterThan(failures.length);
    expect(failures).toEqual(
      expect.arrayContaining(['description', 'independence', 'limit: it is DPO', 'golden: nowhere']),
    );
    expect((caught as Error).message).toMatch(/fails \d+ of its checks:\n- description: /);
  });

  it('compares golden losses and gradients, each by its own', async () => {
    const run = (losses: number[], gradients: Record<string, number[]>): Promise<void> =>
      objectiveChecks(dpo, {
        optionsArbitrary,
        golden: [{ source: 'by hand', options: { beta: 1 }, batch: oneRow, losses, gradients }],
      })
        .filter(({ name }) => name === 'golden: by hand')[0]!
        .run();
    const loss = Math.log(2);
    await run([loss], { policyChosen: [-0.5], policyRejected: [0.5] });
    await expect(run([loss + 1e-4], {})).rejects.toThrow(
      /the loss\[0\] is 0\.693\d+, not 0\.693\d+ \(tolerance 0.00001/,
    );
    await expect(run([loss, 1], {})).rejects.toThrow(/entries/);
    // Relative to small numbers too.
    await expect(run([loss], { policyChosen: [-0.5], referenceChosen: [2e-8] })).rejects.toThrow(/not 2e-8/);
    await expect(run([loss], { policyChosen: [0.5] })).rejects.toThrow(
      /the gradient of policyChosen\[0\] is -0\.5, not 0\.5/,
    );
  });

  it('compares limits by losses and by gradients', async () => {
    const run = (equals: (options: Options) => Objective): Promise<void> =>
      objectiveChecks(dpo, {
        optionsArbitrary,
        numRuns: 3,
        limits: [{ name: 'x', at: (options) => options, equals }],
      })
        .filter(({ name }) => name === 'limit: x')[0]!
        .run();
    await run(dpo);
    await expect(run(({ beta }) => dpo({ beta: 2 * beta }))).rejects.toThrow();
    await expect(run(withLosses((x) => doubledGradient(x)))).rejects.toThrow();
  });

  it('wants a reason for what is skipped, and a law that exists', () => {
    const skip = (given: Record<string, string>): unknown =>
      objectiveChecks(dpo, { optionsArbitrary, skip: given });
    expect(() => skip({ leaks: ' ' })).toThrow("the law 'leaks' is skipped without a reason; state one.");
    expect(() => skip({ speed: 'slow' })).toThrow(
      /skip names the law 'speed', which does not exist; the laws are description, shape/,
    );
    const names = objectiveChecks(dpo, { optionsArbitrary, skip: { leaks: 'a reason' } }).map(
      ({ name }) => name,
    );
    expect(names).not.toContain('leaks');
    expect(names).toContain('shape');
    expect(names).toHaveLength(11);
  });

  it('needs a surrogate where part of the loss is held constant', async () => {
    const weighted = (options: Options): Objective => importanceWeighted(dpo(options));
    const gradientCheck = (): Promise<void> =>
      objectiveChecks(weighted, { optionsArbitrary, seed })
        .filter(({ name }) => name === 'gradient')[0]!
        .run();
    await expect(gradientCheck()).rejects.toThrow();
  });

  it('throws errors that can be told from the package’s others', () => {
    expect(new ObjectivesError('broken-law', 'x') instanceof ConformanceError).toBe(false);
    expect(new ConformanceError('x', new Map())).toBeInstanceOf(ObjectivesError);
    expect(new ConformanceError('x', new Map([['y', 'not an error']])).message).toMatch(/- y: not an error$/);
  });
});

const oneRow = {
  policyChosen: [-1],
  policyRejected: [-1],
  referenceChosen: [-1],
  referenceRejected: [-1],
  chosenLength: [1],
  rejectedLength: [1],
};

/** The same values with twice the gradient. */
function doubledGradient(losses: tf.Tensor1D): tf.Tensor1D {
  return tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor1D),
    gradFunc: (upstream: tf.Tensor1D) => tf.mul<tf.Tensor1D>(2, upstream),
  }))(losses) as tf.Tensor1D;
}
