import { Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { checkOption } from '../contract/check-option.js';
import { describeValue, isPromise } from '../contract/describe-value.js';
import type { Evaluation, Objective, Requirements } from '../contract/objective.js';
import { ObjectivesError } from '../errors.js';
import {
  type BatchDescription,
  type FieldDescription,
  pairs,
  samples,
  sixtyFourths,
  type TokenBatchDescription,
  tokenPairs,
  tokenSamples,
  tokenUnpaired,
  unpaired,
} from './batch-description.js';
import { BrokenLaw } from './broken-law.js';
import { behavior } from './checks/behavior.js';
import { constants } from './checks/constants.js';
import { describedObjective, description } from './checks/description.js';
import { extremes } from './checks/extremes.js';
import { gradient } from './checks/gradient.js';
import { independence } from './checks/independence.js';
import { inputs } from './checks/inputs.js';
import { leaks } from './checks/leaks.js';
import { malformed } from './checks/malformed.js';
import { options as influences } from './checks/options.js';
import { permutation } from './checks/permutation.js';
import { requirements } from './checks/requirements.js';
import { shape } from './checks/shape.js';
import { signs } from './checks/signs.js';
import { checkGolden, type Golden } from './golden.js';
import { checkLimit, type Limit } from './limit.js';
import { requireBackend } from './require-backend.js';
import { requireThat, type Subject } from './subject.js';

/** The laws that every objective must hold, by name. */
export type LawName =
  | 'description'
  | 'shape'
  | 'extremes'
  | 'gradient'
  | 'signs'
  | 'options'
  | 'permutation'
  | 'independence'
  | 'constants'
  | 'leaks'
  | 'inputs'
  | 'requirements'
  | 'malformed'
  | 'behavior';

const laws: Readonly<Record<LawName, <O, B>(subject: Subject<O, B>) => Promise<void>>> = {
  description,
  shape,
  extremes,
  gradient,
  signs,
  options: influences,
  permutation,
  independence,
  constants,
  leaks,
  inputs,
  requirements,
  malformed,
  behavior,
};

/** What `testObjective` and `objectiveChecks` are given besides the factory. */
export interface ObjectiveTestOptions<O, B> {
  /** Draws the factory's options; every value must be one that the factory accepts. */
  readonly optionsArbitrary: fc.Arbitrary<NoInfer<O>>;
  /**
   * What a batch consists of; by default the package's own, depending on `requires`, with columns from −3 to 3. A column of another
   * range is described beside the rest: `{ ...pairs, dispersion: { trained: false, ordinary: sixtyFourths(0, 3), extreme: [0, 1e4] } }`.
   */
  readonly batch?: BatchDescription<B> | TokenBatchDescription<B>;
  /** Cases in which the objective is another one. */
  readonly limits?: readonly Limit<NoInfer<O>, B>[];
  /** Numbers computed elsewhere; without any, the suite prints a warning. */
  readonly golden?: readonly Golden<NoInfer<O>, B>[];
  /**
   * For an objective that holds part of its loss constant: the losses as a function of the batch with that part
   * taken from `at`, so that their finite differences are what the gradient should be.
   */
  readonly surrogate?: (options: NoInfer<O>, at: B) => (batch: B) => Tensor1D;
  /** Laws that do not apply, or golden values that do not exist, each with the reason. */
  readonly skip?: Partial<Record<LawName | 'golden', string>>;
  /** Number of batches that each law is tried on, an integer above 0; 25 by default. */
  readonly numRuns?: number;
  /** Seed of the draws, an integer; a new one each time by default. A failure names its seed. */
  readonly seed?: number;
}

/** One law, limit, or golden value as a test case. */
export interface ObjectiveCheck {
  readonly name: string;
  /** Resolves if the objective holds it, rejects with what is wrong if it does not. */
  readonly run: () => Promise<void>;
}

/**
 * The conformance suite as a list of test cases, for a runner that should show each law by itself.
 *
 * Prints a warning if there are no golden values: they alone tell whether the formula is the right one.
 *
 * @param factory the objective's factory
 * @param options how to draw options, which limits and golden values to hold, and what to skip
 * @returns one check for each law, limit, and golden value; none of them has run. If the factory throws or what it makes is
 *   malformed, the only check is `description`, which says so.
 * @throws {ObjectivesError} `invalid-option` if a law that does not exist is skipped, or one is skipped without a reason; if `numRuns` is
 *   not an integer above 0, or `seed` not an integer
 * @example
 * for (const { name, run } of objectiveChecks(myObjective, { optionsArbitrary, golden })) test(name, run);
 */
export function objectiveChecks<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): ObjectiveCheck[] {
  return suiteOf(factory, options).checks;
}

/** The checks, with the name of the objective that they check. */
export function suiteOf<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): { readonly name: string; readonly checks: ObjectiveCheck[] } {
  const skip = checkSkip(options.skip ?? {});
  const { limits = [], golden = [], numRuns = 1, seed = 0 } = options;
  const owner = 'testObjective';
  checkOption(owner, 'numRuns', numRuns, (n) => Number.isInteger(n) && n >= 1, 'an integer above 0');
  checkOption(owner, 'seed', seed, Number.isSafeInteger, 'an integer');
  let subject: Subject<O, B>;
  try {
    subject = subjectOf(factory, options);
  } catch (error) {
    const checks = [{ name: 'description', run: () => Promise.reject(error) }];
    return { name: factory.name || 'the objective', checks };
  }
  if (golden.length === 0 && !skip.has('golden')) warnOfNoGolden(subject.name);
  const checks = [
    ...Object.entries(laws)
      .filter(([name]) => !skip.has(name))
      .map(([name, law]) => ({ name, run: () => withRemedy(subject.remedy, () => law(subject)) })),
    ...limits.map((limit) => ({ name: `limit: ${limit.name}`, run: () => checkLimit(subject, limit) })),
    ...golden.map((each) => ({
      name: `golden: ${each.source}`,
      run: () => checkGolden(subject.factory, each),
    })),
  ];
  // A runner lists the checks before anything of it has run, and so before there may be a back end.
  const withBackend = checks.map(({ name, run }) => ({
    name,
    run: async () => {
      requireBackend();
      await run();
    },
  }));
  return { name: subject.name, checks: withBackend };
}

/** Runs a law; if a batch breaks it, the remedy is said below that. */
async function withRemedy(remedy: string | undefined, law: () => Promise<void>): Promise<void> {
  try {
    await law();
  } catch (error) {
    const ofBatch = error instanceof BrokenLaw && error.details.some((line) => line.startsWith('batch of'));
    if (!remedy || !ofBatch) throw error;
    throw new BrokenLaw(error.summary, [...error.details, remedy], { cause: error.cause });
  }
}

function subjectOf<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): Subject<O, B> {
  const { optionsArbitrary, batch, surrogate, numRuns = 25, seed = newSeed() } = options;
  const examples = fc
    .sample(optionsArbitrary, { numRuns: EXAMPLES, seed })
    .map((drawn) => describedObjective(factory, drawn));
  const { name } = examples[0] as Objective<B>;
  const requires = unionOf(examples.map((example) => example.requires));
  const [base, standard] = standardDescription(requires);
  const columns = (requires.columns ?? []).filter((column) => !batch || !(column in batch));
  return {
    name,
    factory: (drawn) => evaluating(factory(drawn)),
    optionsArbitrary,
    description: {
      ...Object.fromEntries(columns.map((column) => [column, anyNumber])),
      ...((batch ?? standard) as BatchDescription<B>),
    },
    remedy: columns.length > 0 ? columnRemedy(columns, base) : undefined,
    required: [
      ...(requires.certainty ? ['chosenCertainty', 'rejectedCertainty'] : []),
      ...(requires.divergence ? ['divergence'] : []),
      ...(requires.behavior ? ['behavior', 'behaviorTokens'] : []),
    ],
    surrogate,
    parameters: { numRuns, seed },
  };
}

/** What requirements ask for that depends on options is found in as many draws of them. */
const EXAMPLES = 50;

/** What any of the objectives of a factory reads, so that one description of batches has all of it. */
function unionOf(given: readonly Requirements[]): Requirements {
  const [first] = given as readonly [Requirements];
  const any = (field: 'certainty' | 'tokens' | 'divergence' | 'behavior'): boolean =>
    given.some((requires) => requires[field]);
  return {
    ...first,
    certainty: any('certainty'),
    tokens: any('tokens'),
    divergence: any('divergence'),
    behavior: any('behavior'),
    columns: [...new Set(given.flatMap(({ columns }) => columns ?? []))],
  };
}

/** A column that an objective names. */
const anyNumber: FieldDescription = {
  trained: false,
  ordinary: sixtyFourths(-3, 3),
  extreme: [-1e4, 1e4],
};

/** What helps if a column was drawn from numbers that it never holds. */
function columnRemedy(columns: readonly string[], base: string): string {
  const example = `${columns[0]}: { trained: false, ordinary: sixtyFourths(0, 3), extreme: [0, 1e4] }`;
  return (
    `${columns.join(', ')}: drawn from -3 to 3, and at the extremes ±1e4; where that cannot be, describe the column: ` +
    `batch: { ...${base}, ${example} }`
  );
}

/** What the batches of an objective consist of, if nothing else is said, with its name in this package. */
function standardDescription({ feedback, tokens }: Requirements): [name: string, description: object] {
  if (feedback === 'samples') return tokens ? ['tokenSamples', tokenSamples] : ['samples', samples];
  if (feedback === 'unpaired') return tokens ? ['tokenUnpaired', tokenUnpaired] : ['unpaired', unpaired];
  return tokens ? ['tokenPairs', tokenPairs] : ['pairs', pairs];
}

/** The same objective, which throws where it returns no evaluation, so that all laws give that as the cause. */
function evaluating<B>(objective: Objective<B>): Objective<B> {
  const evaluate = (batch: B): Evaluation => {
    const evaluation: Partial<Evaluation> | undefined = objective.evaluate(batch);
    // What it may reject with does not matter: what is wrong is that it is a promise.
    if (isPromise(evaluation)) Promise.resolve(evaluation).catch(() => {});
    requireThat(
      !isPromise(evaluation),
      () => 'evaluate returns a Promise; it must not be async, and return { losses, metrics } itself',
    );
    const { losses, metrics } = evaluation ?? {};
    requireThat(
      !isPromise(losses),
      () => 'the losses are a Promise; evaluate must return tensors, and leave reading them to its caller',
    );
    requireThat(
      losses instanceof Tensor,
      () =>
        'evaluate returns no losses; return { losses, metrics }, a loss for each row and an object of tensors',
    );
    requireThat(
      typeof metrics === 'object' && metrics !== null,
      () => 'evaluate returns no metrics; return { losses, metrics: {} } if there are none',
    );
    for (const [name, metric] of Object.entries<unknown>(metrics)) {
      requireThat(
        metric instanceof Tensor,
        () =>
          `the metric ${name} is ${describeValue(metric)}; it must be a float32 tensor of shape [batch] or [1], such as tf.tensor1d([value])`,
      );
    }
    return { losses, metrics };
  };
  return Object.create(objective, { evaluate: { value: evaluate } }) as Objective<B>;
}

function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

function warnOfNoGolden(name: string): void {
  console.warn(
    `@ais/objectives/testing: ${name} has no golden values, so nothing checks that its formula is the right one. Pass \`golden\` ` +
      'with numbers computed elsewhere, or say in `skip.golden` why there are none.',
  );
}

function checkSkip(skip: Readonly<Record<string, string | undefined>>): Set<string> {
  const known = [...Object.keys(laws), 'golden'];
  for (const [name, reason] of Object.entries(skip)) {
    if (!known.includes(name)) {
      throw new ObjectivesError(
        'invalid-option',
        `skip names '${name}', which does not exist; what can be skipped is ${known.join(', ')}.`,
      );
    }
    if (!reason?.trim()) {
      throw new ObjectivesError(
        'invalid-option',
        `skip.${name} must state the reason, got '${reason ?? ''}'.`,
      );
    }
  }
  return new Set(Object.keys(skip));
}
