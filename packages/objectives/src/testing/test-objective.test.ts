// The suite must catch what it promises to catch: one broken objective for each law.
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beta } from '../../test/options.js';
import { withShrinking } from '../../test/with-shrinking.js';
import { ObjectivesError } from '../errors.js';
import {
  checkBatch,
  detach,
  dpo,
  importanceWeighted,
  type LogRatios,
  logSigmoid,
  type Objective,
  type PairBatch,
  pairObjective,
  rloo,
} from '../index.js';
import {
  ConformanceError,
  type LawName,
  type ObjectiveTestOptions,
  objectiveChecks,
  pairs,
  sixtyFourths,
  testObjective,
} from './index.js';

type Options = { beta: number };
const optionsArbitrary = fc.record({ beta });
const seed = 7;
const skip = { golden: 'what breaks has none' };

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

interface DispersedBatch extends PairBatch {
  readonly dispersion: tf.Tensor1D;
}

/** DPO as an object of its own, which checks the given fields of its batches. */
function handWritten(fields: readonly (keyof PairBatch)[]): (options: Options) => Objective {
  return (options) => ({
    specificationVersion: 'v1',
    name: 'hand',
    requires: { feedback: 'pairs', reference: true },
    evaluate: (batch) => {
      checkBatch('hand', batch, fields);
      return tf.tidy(() => {
        const chosen = tf.sub<tf.Tensor1D>(batch.policyChosen, detach(batch.referenceChosen));
        const rejected = tf.sub<tf.Tensor1D>(batch.policyRejected, detach(batch.referenceRejected));
        return { losses: tf.neg(logSigmoid(tf.mul(options.beta, tf.sub(chosen, rejected)))), metrics: {} };
      });
    },
  });
}

const broken: [LawName, string, (options: Options) => Objective, RegExp][] = [
  [
    'description',
    'a name in capitals',
    withLosses((x) => tf.clone(x), { name: 'DPO' }),
    /^@ais\/objectives: DPO: name must be lower-case words joined by hyphens, got 'DPO'/,
  ],
  [
    'description',
    'another version',
    withLosses((x) => tf.clone(x), { specificationVersion: 'v3' as 'v1' }),
    /dpo: specificationVersion must be 'v1' or 'v2', got 'v3'/,
  ],
  [
    'description',
    'unknown feedback',
    withLosses((x) => tf.clone(x), { requires: { feedback: 'stars' as 'pairs', reference: true } }),
    /dpo: requires\.feedback must be 'pairs', 'samples', or 'unpaired', got 'stars'/,
  ],
  [
    'description',
    'no word on the reference',
    withLosses((x) => tf.clone(x), { requires: { feedback: 'pairs' } as Objective['requires'] }),
    /dpo: requires\.reference must be true or false, got undefined/,
  ],
  [
    'shape',
    'a hidden mean',
    withLosses((x) => tf.mean(x) as unknown as tf.Tensor1D),
    /^@ais\/objectives: losses have shape \[\] and type float32, expected \[\d\] and float32\n {2}options: \{"beta":[\d.]+\}\n {2}batch of 1 row: /,
  ],
  [
    'shape',
    'a metric as a scalar',
    spoiled((batch, sound) => ({
      ...sound.evaluate(batch),
      metrics: { loss: tf.scalar(1) as unknown as tf.Tensor1D },
    })),
    /the metric loss has shape \[\] and type float32, expected \[1\] or \[1\] and float32/,
  ],
  [
    'extremes',
    'the logarithm of a sigmoid that rounds to 0',
    withLosses((_, b) =>
      tf.neg(tf.log<tf.Tensor1D>(tf.sigmoid(tf.sub<tf.Tensor1D>(b.policyChosen, b.referenceChosen)))),
    ),
    /the loss is Infinity in row 0; logSigmoid and safeExponential of @ais\/objectives stay finite\n.*\n {2}batch of 1 row/,
  ],
  [
    'extremes',
    'what overflows at margins of 1e4, at the smallest β too',
    withLosses((_, b) => {
      const ratios = tf.sub<tf.Tensor1D>(b.policyChosen, b.referenceChosen);
      const margins = tf.mul<tf.Tensor1D>(0.01, tf.abs(ratios));
      return tf.exp(tf.sub<tf.Tensor1D>(margins, 9900));
    }),
    /is Infinity in row 0; .*\n.*\n {2}batch of 1 row/,
  ],
  [
    'signs',
    'a chosen response that is pushed down',
    withLosses((x, b) => tf.add(x, b.policyChosen)),
    /the loss rises with the chosen response: its gradient by policyChosen is .* in row 0, expected ≤ 0 for a pair that the policy has yet to learn/,
  ],
  [
    'signs',
    'a rejected response that is pushed up',
    withLosses((x, b) => tf.sub(x, b.policyRejected)),
    /the loss falls with the rejected response: its gradient by policyRejected is .* in row 0, expected ≥ 0/,
  ],
  [
    'options',
    'an option that is not used',
    () => dpo({ beta: 0.1 }),
    /the option beta has no influence: other values of it gave the same losses and gradients on all of \d+ batches; is it missing/,
  ],
  [
    'gradient',
    'twice the gradient',
    withLosses((x) => doubledGradient(x)),
    /the gradient of policy(Chosen|Rejected) is .* in row 0, but finite differences give .*\n.*\n {2}batch of 1 row/,
  ],
  [
    'permutation',
    'rows that count by their place',
    withLosses((x) => tf.mul(x, tf.add<tf.Tensor1D>(1, tf.range(0, x.size)))),
    /with the rows in the order [\d, ]+, the loss is .* in row \d, expected .*\n.*\n {2}batch of [23] rows/,
  ],
  [
    'independence',
    'a mean of the batch',
    withLosses((x) => tf.sub(x, tf.mean(x))),
    /the loss of row 0 is 0 alone and .* beside the others; .* declare requires\.wholeBatch\n.*\n {2}batch of 2 rows/,
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
    /an evaluation leaves 1 more tensors than the 7 that it returns; compute inside tf\.tidy/,
  ],
  [
    'inputs',
    'disposing of the input',
    spoiled((b, sound) => {
      const evaluation = sound.evaluate(b);
      b.chosenLength.dispose();
      return evaluation;
    }),
    /chosenLength was disposed of; it belongs to the caller/,
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
    /requires\.reference is not set, but with another reference the loss is/,
  ],
  [
    'requirements',
    'a reference that it asks for without declaring it',
    spoiled(
      (b) => {
        checkBatch('spoiled', b, ['referenceChosen']);
        return { losses: tf.neg(b.policyChosen), metrics: {} };
      },
      { requires: { feedback: 'pairs', reference: false } },
    ),
    /requires\.reference is not set, but a batch without it is refused: .* referenceChosen is missing from the batch/,
  ],
  [
    'requirements',
    'an undeclared certainty',
    withLosses((x, b) => (b.chosenCertainty ? tf.mul(2, x) : tf.clone(x))),
    /requires\.certainty is not set, but without it the loss is/,
  ],
  [
    'malformed',
    'silent broadcasting',
    spoiled((b) => ({ losses: tf.sub(b.policyRejected, b.policyChosen), metrics: {} })),
    /no error is thrown for a batch of 2 rows whose policyChosen is a scalar; call checkBatch first/,
  ],
  [
    'malformed',
    'a reference that is broadcast',
    handWritten(['policyChosen', 'policyRejected']),
    /no error is thrown for a batch of 2 rows whose reference(Chosen|Rejected) is (a scalar|of shape \[2, 1\])/,
  ],
  [
    'malformed',
    'an optional field that is broadcast',
    spoiled((b, sound) => {
      checkBatch('spoiled', b, ['policyChosen', 'policyRejected', 'referenceChosen', 'referenceRejected']);
      return tf.tidy(() => {
        const { losses, metrics } = sound.evaluate(b);
        return {
          losses: tf.add<tf.Tensor1D>(losses, detach(b.behaviorChosen ?? b.referenceChosen)),
          metrics,
        };
      });
    }),
    /no error is thrown for a batch of 2 rows whose behaviorChosen is a scalar; call checkBatch first/,
  ],
  [
    'malformed',
    'a column that is broadcast',
    withLosses((x, b) => tf.mul(x, detach((b as DispersedBatch).dispersion)), {
      specificationVersion: 'v2',
      requires: { feedback: 'pairs', reference: true, columns: ['dispersion'] },
    }),
    /no error is thrown for a batch of 2 rows whose dispersion is a scalar; call checkBatch first/,
  ],
  [
    'behavior',
    'a behavior policy that is 0 where absent',
    withLosses((x, b) => tf.add(x, b.behaviorChosen ? detach(b.behaviorChosen) : 0)),
    /without behavior log-probabilities, the loss is/,
  ],
];

describe.each(broken)('%s', (law, what, factory, message) => {
  it(`catches ${what}`, async () => {
    const check = objectiveChecks(factory, { optionsArbitrary, numRuns: 10, seed, skip }).find(
      ({ name }) => name === law,
    );
    await expect(check?.run()).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) as string }),
    );
  });
});

describe('testObjective', () => {
  it('resolves for a sound objective', async () => {
    await testObjective(dpo, { optionsArbitrary, numRuns: 2, skip });
    await testObjective(rloo, {
      optionsArbitrary,
      numRuns: 2,
      skip: { ...skip, gradient: 'its advantages are constant' },
    });
  });

  it('names the objective, and reports each failing check with its cause', async () => {
    const caught: unknown = await testObjective(
      withLosses((x) => tf.sub(x, tf.mean(x)), { name: 'centered' }),
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
    const { failures, code, message } = caught as ConformanceError;
    expect(code).toBe('conformance');
    expect([...failures.keys()]).toEqual(['independence', 'limit: it is DPO', 'golden: nowhere']);
    expect(message).toMatch(
      /^@ais\/objectives: centered fails 3 checks\.\n\nindependence: the loss of row 0 is 0 alone .*\n {4}options: /,
    );
    expect(message).toMatch(
      /\n\nlimit: it is DPO: the loss is .* in row 0, expected .*\n {4}options: .*\n {4}batch of 1 row/,
    );
    expect(message).toMatch(
      /\n\ngolden: nowhere: the loss is 0 in row 0, expected 5 \(±0\.00001 of it\)\n {4}options: \{"beta":1\}\n {4}batch of 1 row/,
    );
    expect((caught as Error).cause).toBe(failures.get('independence'));
  });

  it('says once what all checks fail for, the deepest cause first', async () => {
    const failing = spoiled(() => {
      try {
        throw new TypeError('f is not a function');
      } catch (cause) {
        throw new Error('no losses', { cause });
      }
    });
    const message = await withShrinking(() => messageOf(failing, { optionsArbitrary, seed }));
    expect(message).toBe(
      '@ais/objectives: dpo fails 13 checks.\n\n' +
        'shape, extremes, gradient, signs, options, permutation, independence, constants, leaks, inputs, requirements, malformed, ' +
        'behavior: it throws TypeError: f is not a function, which led to Error: no losses\n' +
        '    options: {"beta":0.01}\n' +
        '    batch of 1 row: { policyChosen: [-4], policyRejected: [-4], referenceChosen: [-4], referenceRejected: [-4], ' +
        'chosenLength: [1], rejectedLength: [1] }\n' +
        '    to draw the same batches again: seed: 7',
    );
  });

  it('says once what evaluate does not return, and leaves shapes to the law of shape', async () => {
    const returning = (evaluation: (losses: tf.Tensor1D) => unknown) => (options: Options) => {
      const sound = dpo(options);
      return {
        ...sound,
        evaluate: (batch: PairBatch) => evaluation(sound.evaluate(batch).losses),
      } as Objective;
    };
    const causeOfAll = async (evaluation: (losses: tf.Tensor1D) => unknown): Promise<string> => {
      const message = await withShrinking(() => messageOf(returning(evaluation), { optionsArbitrary, seed }));
      const [, ...paragraphs] = message.split('\n\n');
      expect(paragraphs).toHaveLength(1);
      return paragraphs[0]?.split('\n')[0] ?? '';
    };
    expect(await causeOfAll((loss) => ({ loss }))).toMatch(
      /^shape, .*: evaluate returns no losses; return \{ losses, metrics \}/,
    );
    expect(await causeOfAll(() => undefined)).toMatch(/: evaluate returns no losses; /);
    expect(await causeOfAll((losses) => ({ losses }))).toMatch(
      /: evaluate returns no metrics; return \{ losses, metrics: \{\} \}/,
    );
    expect(await causeOfAll(async (losses) => ({ losses, metrics: {} }))).toMatch(
      /: evaluate returns a Promise; it must not be async, and return \{ losses, metrics \} itself/,
    );
    expect(await causeOfAll(() => Promise.reject(new Error('unseen')))).toMatch(
      /: evaluate returns a Promise;/,
    );
    expect(await causeOfAll((losses) => ({ losses: losses.data(), metrics: {} }))).toMatch(
      /: the losses are a Promise; evaluate must return tensors, and leave reading them to its caller/,
    );
    expect(await causeOfAll((losses) => ({ losses, metrics: { margin: 0.5 } }))).toMatch(
      /: the metric margin is the number 0\.5; it must be a float32 tensor of shape \[batch\] or \[1\], such as tf\.tensor1d\(\[value\]\)/,
    );
    const mean = await messageOf(
      returning((losses) => ({ losses: tf.mean(losses), metrics: {} })),
      { optionsArbitrary, seed },
    );
    expect(mean).toMatch(/shape: losses have shape \[\] and type float32, expected \[1\]/);
    expect(mean).not.toContain('TypeError');
  });

  it('stops at an objective that is none, and at a factory that refuses what is drawn', async () => {
    const bare = () => ({ specificationVersion: 'v1', name: 'bare', evaluate: () => undefined });
    expect(await messageOf(bare as unknown as typeof dpo, { optionsArbitrary })).toBe(
      '@ais/objectives: bare fails 1 check.\n\ndescription: bare: requires is missing; declare what the objective reads, for ' +
        "example requires: { feedback: 'pairs', reference: true }.",
    );
    expect(await messageOf(dpo, { optionsArbitrary: fc.constant({ beta: -1 }) })).toBe(
      '@ais/objectives: dpo fails 1 check.\n\ndescription: the factory throws ObjectivesError: @ais/objectives: dpo: beta must be a finite number ' +
        'above 0, got -1.; draw only options that it accepts\n    options: {"beta":-1}',
    );
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
      /the loss is 0\.693\d+ in row 0, expected 0\.693\d+ \(±0\.00001 of it\)/,
    );
    await expect(run([loss, 1], {})).rejects.toThrow(/entries/);
    // Relative to small numbers too.
    await expect(run([loss], { policyChosen: [-0.5], referenceChosen: [2e-8] })).rejects.toThrow(
      /expected 2e-8/,
    );
    await expect(run([loss], { policyChosen: [0.5] })).rejects.toThrow(
      /the gradient of policyChosen is -0\.5 in row 0, expected 0\.5/,
    );
  });

  it('names a golden gradient of a field that there is not', async () => {
    const gradients = { policyChosn: [-0.5] } as object;
    const golden = [
      { source: 'by hand', options: { beta: 1 }, batch: oneRow, losses: [Math.log(2)], gradients },
    ];
    const message = await messageOf(dpo, { optionsArbitrary, numRuns: 1, golden });
    expect(message).toMatch(
      /golden: by hand: gradients names policyChosn, which the batch does not have; its fields are policyChosen, policyRejected, /,
    );
  });

  it('compares limits by losses and by gradients', async () => {
    const run = (equals: (options: Options) => Objective): Promise<void> =>
      objectiveChecks(dpo, {
        optionsArbitrary,
        skip,
        numRuns: 3,
        limits: [{ name: 'x', at: (options) => options, equals }],
      })
        .filter(({ name }) => name === 'limit: x')[0]!
        .run();
    await run(dpo);
    await expect(run(({ beta }) => dpo({ beta: 2 * beta }))).rejects.toThrow();
    await expect(run(withLosses((x) => doubledGradient(x)))).rejects.toThrow();
  });

  it.each([
    [{ numRuns: Number.NaN }, 'numRuns must be an integer above 0, got NaN'],
    [{ numRuns: 0 }, 'numRuns must be an integer above 0, got 0'],
    [{ numRuns: 2.5 }, 'numRuns must be an integer above 0, got 2.5'],
    [{ numRuns: '3' as unknown as number }, 'numRuns must be an integer above 0, got "3"'],
    [{ seed: 0.5 }, 'seed must be an integer, got 0.5'],
    [{ seed: Number.NaN }, 'seed must be an integer, got NaN'],
  ])('refuses %j, with which nothing would be tried', async (options, message) => {
    const refusal = expect.objectContaining({
      code: 'invalid-option',
      message: `@ais/objectives: testObjective: ${message}.`,
    });
    expect(() => objectiveChecks(dpo, { optionsArbitrary, skip, ...options })).toThrow(refusal);
    await expect(testObjective(dpo, { optionsArbitrary, skip, ...options })).rejects.toThrow(refusal);
  });

  it('says how to describe a column that was drawn from numbers that it never holds', async () => {
    const rooted = (options: Options): Objective<DispersedBatch> => ({
      specificationVersion: 'v2',
      name: 'rooted',
      requires: { feedback: 'pairs', reference: true, columns: ['dispersion'] },
      evaluate: (batch) => {
        checkBatch('rooted', batch, ['dispersion', 'policyChosen']);
        return tf.tidy(() => {
          const { losses, metrics } = dpo(options).evaluate(batch);
          const scale = tf.sqrt<tf.Tensor1D>(tf.add<tf.Tensor1D>(1, detach(batch.dispersion)));
          return { losses: tf.mul<tf.Tensor1D>(losses, scale), metrics };
        });
      },
    });
    const run = (batch?: ObjectiveTestOptions<Options, DispersedBatch>['batch']): Promise<void> =>
      testObjective(rooted, { optionsArbitrary, seed, skip, numRuns: 5, ...(batch && { batch }) });
    await expect(run()).rejects.toThrow(
      'dispersion: drawn from -3 to 3, and at the extremes ±1e4; where that cannot be, describe the column: ' +
        'batch: { ...pairs, dispersion: { trained: false, ordinary: sixtyFourths(0, 3), extreme: [0, 1e4] } }',
    );
    await run({
      ...pairs,
      dispersion: { trained: false, ordinary: sixtyFourths(0, 3), extreme: [0, 1e4] },
    });
  });

  it('wants a reason for what is skipped, and a law that exists', () => {
    const skipping = (given: Record<string, string>): unknown =>
      objectiveChecks(dpo, { optionsArbitrary, skip: given });
    expect(() => skipping({ leaks: ' ' })).toThrow(
      "@ais/objectives: skip.leaks must state the reason, got ' '.",
    );
    expect(() => skipping({ speed: 'slow' })).toThrow(
      /skip names 'speed', which does not exist; what can be skipped is description, shape, .*, behavior, golden\./,
    );
    const names = objectiveChecks(dpo, { optionsArbitrary, skip: { ...skip, leaks: 'a reason' } }).map(
      ({ name }) => name,
    );
    expect(names).not.toContain('leaks');
    expect(names).toContain('shape');
    expect(names).toHaveLength(13);
  });

  it('warns once of an objective without golden values, unless the reason is stated', async () => {
    const warnings = await warningsOf(async () => {
      await testObjective(dpo, { optionsArbitrary, numRuns: 1 });
      await testObjective(dpo, { optionsArbitrary, numRuns: 1, skip });
    });
    expect(warnings).toEqual([
      '@ais/objectives/testing: dpo has no golden values, so nothing checks that its formula is the right one. Pass `golden` with ' +
        'numbers computed elsewhere, or say in `skip.golden` why there are none.',
    ]);
  });

  it('warns of a reference, or of certainties, that are asked for in vain', async () => {
    const asking = withLosses((x) => tf.clone(x), {
      requires: { feedback: 'pairs', reference: true, certainty: true },
    });
    const free = (): Objective => ({
      ...asking({ beta: 1 }),
      evaluate: (batch) => ({ losses: tf.sub(batch.policyRejected, batch.policyChosen), metrics: {} }),
    });
    const run = (factory: (options: Options) => Objective): Promise<string[]> =>
      warningsOf(async () => {
        const checks = objectiveChecks(factory, { optionsArbitrary, skip, numRuns: 5 });
        await checks.find(({ name }) => name === 'requirements')?.run();
      });
    const warning = (requirement: string): string =>
      `@ais/objectives/testing: dpo declares requires.${requirement}, but neither losses nor gradients depend on it. Declare ${requirement}: false, ` +
      'so that trainers need not compute it.';
    expect(await run(free)).toEqual([warning('reference'), warning('certainty')]);
    expect(await run(asking)).toEqual([warning('certainty')]);
    expect(await run(dpo)).toEqual([]);
  });

  it('needs a surrogate where part of the loss is held constant', async () => {
    const weighted = (options: Options): Objective => importanceWeighted(dpo(options));
    const gradientCheck = (): Promise<void> =>
      objectiveChecks(weighted, { optionsArbitrary, seed, skip })
        .filter(({ name }) => name === 'gradient')[0]!
        .run();
    await expect(gradientCheck()).rejects.toThrow();
  });

  it('needs a surrogate that is the loss where it is taken', async () => {
    // With a constant beside it, its differences are the right ones all the same.
    const check = (constant: number): Promise<void> =>
      objectiveChecks(dpo, {
        optionsArbitrary,
        seed,
        skip,
        surrogate: (options) => (batch) =>
          tf.tidy(() => tf.add(constant, dpo(options).evaluate(batch).losses)),
      })
        .filter(({ name }) => name === 'gradient')[0]!
        .run();
    await check(0);
    await expect(check(1)).rejects.toThrow(
      /at the batch itself, the loss that surrogate gives is .* in row 0, expected/,
    );
  });

  it('throws errors that can be told from the package’s others', () => {
    expect(new ObjectivesError('broken-law', 'x') instanceof ConformanceError).toBe(false);
    expect(new ConformanceError('x', new Map())).toBeInstanceOf(ObjectivesError);
    expect(new ConformanceError('x', new Map([['y', 'not an error']])).message).toBe(
      '@ais/objectives: x fails 1 check.\n\ny: it throws not an error',
    );
  });
});

/** Objectives as authors get them wrong: the laws that fail, no others, and what the report says of the first. */
const faults: [string, (options: Options) => Objective, LawName[], RegExp][] = [
  [
    'a flipped sign',
    faulty(({ chosen, rejected }, beta) => logSigmoid(tf.mul(beta, tf.sub(chosen, rejected)))),
    ['signs'],
    /^signs: the loss rises with the chosen response: .* is a sign flipped, or are the two responses swapped\?$/,
  ],
  [
    'swapped responses',
    faulty(({ chosen, rejected }, beta) => tf.neg(logSigmoid(tf.mul(beta, tf.sub(rejected, chosen))))),
    ['signs'],
    /^signs: the loss rises with the chosen response: its gradient by policyChosen is 0\.\d+ in row 0, expected ≤ 0/,
  ],
  [
    'a forgotten β',
    faulty(({ chosen, rejected }) => tf.neg(logSigmoid(tf.sub(chosen, rejected)))),
    ['options'],
    /^options: the option beta has no influence/,
  ],
  [
    'a gradient into the reference',
    (options) => ({
      ...dpo(options),
      evaluate: (batch) => {
        checkBatch('leaky', batch, [
          'policyChosen',
          'policyRejected',
          'referenceChosen',
          'referenceRejected',
        ]);
        return tf.tidy(() => {
          const chosen = tf.sub<tf.Tensor1D>(batch.policyChosen, batch.referenceChosen);
          const rejected = tf.sub<tf.Tensor1D>(batch.policyRejected, batch.referenceRejected);
          return { losses: tf.neg(logSigmoid(tf.mul(options.beta, tf.sub(chosen, rejected)))), metrics: {} };
        });
      },
    }),
    ['constants'],
    /^constants: a gradient of the losses reaches referenceChosen, which is a constant; detach it$/,
  ],
  [
    'a logarithm that overflows at extremes',
    faulty(({ chosen, rejected }, beta) => {
      const margins = tf.mul<tf.Tensor1D>(beta, tf.sub(chosen, rejected));
      return tf.neg(tf.log<tf.Tensor1D>(tf.sigmoid(margins)));
    }),
    ['extremes'],
    /^extremes: the loss is Infinity in row 0; logSigmoid and safeExponential/,
  ],
  [
    'a batch that is coupled by its mean',
    faulty(({ chosen, rejected }, beta) => {
      const margins = tf.mul<tf.Tensor1D>(beta, tf.sub(chosen, rejected));
      const mean = detach(tf.mean(margins));
      return tf.neg(logSigmoid(tf.sub<tf.Tensor1D>(margins, mean as tf.Tensor)));
    }),
    ['gradient', 'independence'],
    /^gradient: the gradient of policy(Chosen|Rejected) is /,
  ],
  [
    'a comparison, which has no gradient',
    faulty(({ chosen, rejected }, beta) => {
      const margins = tf.mul<tf.Tensor1D>(beta, tf.sub(chosen, rejected));
      return tf.mul(tf.cast(tf.less(margins, 1), 'float32'), tf.sub<tf.Tensor1D>(1, margins));
    }),
    [
      ...([
        'extremes',
        'gradient',
        'signs',
        'options',
        'permutation',
        'independence',
        'constants',
        'leaks',
      ] as const),
      ...(['requirements', 'malformed', 'behavior'] as const),
    ],
    /it throws Error: Cannot compute gradient: gradient function not found for Less\.$/,
  ],
];

describe.each(faults)('testObjective catches %s', (_, factory, laws, message) => {
  it('by the right laws, with the smallest batch that was found', async () => {
    const caught: unknown = await testObjective(factory, { optionsArbitrary, seed, skip, numRuns: 15 }).catch(
      (error: unknown) => error,
    );
    expect(caught).toBeInstanceOf(ConformanceError);
    expect([...(caught as ConformanceError).failures.keys()]).toEqual(laws);
    const [, first = '', second = ''] = (caught as Error).message.split('\n\n');
    expect(first.split('\n')[0]).toMatch(message);
    for (const paragraph of [first, second].filter((text) => text.includes('batch of'))) {
      expect(paragraph).toMatch(
        paragraph.startsWith('independence') ? /batch of 2 rows/ : /batch of [12] rows?:/,
      );
    }
  });
});

/** Objectives that read only part of a batch; each is sound. */
const ignoring: [string, (options: Options) => Objective][] = [
  [
    'the reference',
    ({ beta }) =>
      pairObjective({
        name: 'free',
        beta,
        requires: { reference: false },
        losses: ({ chosen, rejected }, { chosenLength, rejectedLength }) =>
          tf.neg(
            logSigmoid(tf.mul(beta, tf.sub(tf.div(chosen, chosenLength), tf.div(rejected, rejectedLength)))),
          ),
      }),
  ],
  ['the reference and lengths', ({ beta }) => plain(beta, ['policyChosen', 'policyRejected'])],
  ['rejected responses', ({ beta }) => plain(beta, ['policyChosen'])],
];

it.each(ignoring)('testObjective accepts an objective that ignores %s', async (_, factory) => {
  await testObjective(factory, { optionsArbitrary, seed, skip, numRuns: 5 });
});

/** −log σ(β·(log π(y_w) − log π(y_l))), or of log π(y_w) alone, as an object of its own. */
function plain(beta: number, fields: ('policyChosen' | 'policyRejected')[]): Objective {
  return {
    specificationVersion: 'v1',
    name: 'plain',
    requires: { feedback: 'pairs', reference: false },
    evaluate: (batch) => {
      checkBatch('plain', batch, fields);
      return tf.tidy(() => {
        const margin = fields.includes('policyRejected')
          ? tf.sub<tf.Tensor1D>(batch.policyChosen, batch.policyRejected)
          : batch.policyChosen;
        return { losses: tf.neg(logSigmoid(tf.mul(beta, margin))), metrics: {} };
      });
    },
  };
}

/** A pair objective from its formula, in which β can be forgotten. */
function faulty(losses: (ratios: LogRatios, beta: number) => tf.Tensor1D): (options: Options) => Objective {
  return ({ beta }) => pairObjective({ name: 'faulty', beta, losses: (ratios) => losses(ratios, beta) });
}

async function messageOf(
  factory: (options: Options) => Objective,
  options: ObjectiveTestOptions<Options, PairBatch>,
): Promise<string> {
  const error: unknown = await testObjective(factory, { skip, ...options }).catch(
    (thrown: unknown) => thrown,
  );
  return (error as Error).message;
}

/** What is printed as a warning meanwhile. */
async function warningsOf(run: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => warnings.push(text);
  try {
    await run();
  } finally {
    console.warn = warn;
  }
  return warnings;
}

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
