import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import type { Objective } from '../contract/objective.js';
import { ObjectivesError } from '../errors.js';
import { type BatchDescription, pairs, samples } from './batch-description.js';
import { behavior } from './checks/behavior.js';
import { constants } from './checks/constants.js';
import { description } from './checks/description.js';
import { extremes } from './checks/extremes.js';
import { gradient } from './checks/gradient.js';
import { independence } from './checks/independence.js';
import { inputs } from './checks/inputs.js';
import { leaks } from './checks/leaks.js';
import { malformed } from './checks/malformed.js';
import { permutation } from './checks/permutation.js';
import { requirements } from './checks/requirements.js';
import { shape } from './checks/shape.js';
import { checkGolden, type Golden } from './golden.js';
import { checkLimit, type Limit } from './limit.js';
import type { Subject } from './subject.js';

/** The laws that every objective must hold, by name. */
export type LawName =
  | 'description'
  | 'shape'
  | 'extremes'
  | 'gradient'
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
  permutation,
  independence,
  constants,
  leaks,
  inputs,
  requirements,
  malformed,
  behavior,
};

export interface ObjectiveTestOptions<O, B> {
  /** Draws the factory's options; every value must be one that the factory accepts. */
  readonly optionsArbitrary: fc.Arbitrary<O>;
  /** What a batch consists of; by `requires.feedback`, the package's pairs or samples, where absent. */
  readonly batch?: BatchDescription<B>;
  /** Cases in which the objective is another one. */
  readonly limits?: readonly Limit<O, B>[];
  /** Numbers computed elsewhere. */
  readonly golden?: readonly Golden<O, B>[];
  /**
   * For an objective that holds part of its loss constant: the losses as a function of the batch with that part
   * taken from `at`, so that their finite differences are what the gradient should be.
   */
  readonly surrogate?: (options: O, at: B) => (batch: B) => Tensor1D;
  /** Laws that do not apply, each with the reason. */
  readonly skip?: Partial<Record<LawName, string>>;
  /** Batches that each law is tried on; 25. */
  readonly numRuns?: number;
  /** Seed of the draws; a new one each time where absent. A failure names its seed. */
  readonly seed?: number;
}

/** One law, limit or golden value as a test case. */
export interface ObjectiveCheck {
  readonly name: string;
  /** Resolves where the objective holds it, rejects with what is wrong where it does not. */
  readonly run: () => Promise<void>;
}

/**
 * The conformance suite as a list of test cases, for a runner that should show each law by itself.
 *
 * @param factory the objective's factory
 * @param options how to draw options, which limits and golden values to hold, and what to skip
 * @returns one check for each law, limit and golden value; none of them has run
 * @throws {ObjectivesError} `invalid-option` where a law that does not exist is skipped, or one is skipped without a reason
 * @example
 * for (const { name, run } of objectiveChecks(myObjective, { optionsArbitrary })) test(name, run);
 */
export function objectiveChecks<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): ObjectiveCheck[] {
  const skip = checkSkip(options.skip ?? {});
  const subject = subjectOf(factory, options);
  return [
    ...Object.entries(laws)
      .filter(([name]) => !skip.has(name))
      .map(([name, law]) => ({ name, run: () => law(subject) })),
    ...(options.limits ?? []).map((limit) => ({
      name: `limit: ${limit.name}`,
      run: () => checkLimit(subject, limit),
    })),
    ...(options.golden ?? []).map((golden) => ({
      name: `golden: ${golden.source}`,
      run: () => checkGolden(factory, golden),
    })),
  ];
}

function subjectOf<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): Subject<O, B> {
  const { optionsArbitrary, batch, surrogate, numRuns = 25, seed } = options;
  const [example] = fc.sample(optionsArbitrary, 1) as [O];
  const { feedback, certainty } = factory(example).requires;
  const standard: unknown = feedback === 'samples' ? samples : pairs;
  return {
    factory,
    optionsArbitrary,
    description: batch ?? (standard as BatchDescription<B>),
    required: certainty ? ['chosenCertainty', 'rejectedCertainty'] : [],
    surrogate,
    parameters: { numRuns, ...(seed === undefined ? {} : { seed }) },
  };
}

function checkSkip(skip: Readonly<Record<string, string | undefined>>): Set<string> {
  for (const [name, reason] of Object.entries(skip)) {
    if (!(name in laws)) {
      throw new ObjectivesError(
        'invalid-option',
        `skip names the law '${name}', which does not exist; the laws are ${Object.keys(laws).join(', ')}.`,
      );
    }
    if (!reason?.trim()) {
      throw new ObjectivesError(
        'invalid-option',
        `the law '${name}' is skipped without a reason; state one.`,
      );
    }
  }
  return new Set(Object.keys(skip));
}
