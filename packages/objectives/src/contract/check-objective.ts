import { ObjectivesError } from '../errors.js';
import type { Objective, Requirements } from './objective.js';
import { addedRequirements } from './specification-version.js';

/**
 * Throws unless a value is an objective: a version, a name, what it requires, and a function.
 *
 * Call it on what a plugin exports, before anything else is done with it. It looks at the object alone and evaluates nothing;
 * `testObjective` of `@ais/objectives/testing` tests the rest.
 *
 * @param value what should be an objective
 * @param label what to call it in messages as long as it has no name
 * @throws {ObjectivesError} `invalid-objective`
 * @example
 * checkObjective(dpo({ beta: 0.1 }));
 */
export function checkObjective(value: unknown, label = 'the objective'): asserts value is Objective<never> {
  const objective = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<string, unknown>
  >;
  const { specificationVersion, name, requires, evaluate } = objective;
  const owner = typeof name === 'string' && name !== '' ? name : label;
  const check = (holds: boolean, message: () => string): void => {
    if (!holds) throw new ObjectivesError('invalid-objective', `${owner}: ${message()}.`);
  };
  check(
    objective === value,
    () => `expected an objective, an object with a function 'evaluate', got ${shown(value)}`,
  );
  check(
    specificationVersion === 'v1' || specificationVersion === 'v2',
    () => `specificationVersion must be 'v1' or 'v2', got ${shown(specificationVersion)}`,
  );
  check(typeof name === 'string' && name !== '', () => `name must be a word, got ${shown(name)}`);
  check(typeof evaluate === 'function', () => `evaluate must be a function, got ${shown(evaluate)}`);
  check(
    typeof requires === 'object' && requires !== null,
    () =>
      `requires ${requires === undefined ? 'is missing' : `must be an object, got ${shown(requires)}`}; declare what the ` +
      "objective reads, for example requires: { feedback: 'pairs', reference: true }",
  );
  const { feedback, reference, certainty, wholeBatch, tokens, divergence, behavior, columns } =
    requires as Partial<Record<string, unknown>>;
  check(
    feedback === 'pairs' || feedback === 'samples' || feedback === 'unpaired',
    () => `requires.feedback must be 'pairs', 'samples', or 'unpaired', got ${shown(feedback)}`,
  );
  check(
    typeof reference === 'boolean',
    () =>
      `requires.reference must be true or false, got ${shown(reference)}; it says whether the objective reads the reference's ` +
      'log-probabilities',
  );
  for (const [field, given] of Object.entries({ certainty, wholeBatch, tokens, divergence, behavior })) {
    check(
      given === undefined || typeof given === 'boolean',
      () => `requires.${field} must be true or false, or absent, got ${shown(given)}`,
    );
  }
  check(
    columns === undefined || (Array.isArray(columns) && columns.every((name) => typeof name === 'string')),
    () => `requires.columns must be a list of names, or absent, got ${shown(columns)}`,
  );
  const added = addedRequirements(requires as Requirements);
  check(
    specificationVersion === 'v2' || added.length === 0,
    () =>
      `requires.${added[0]}${added[0] === 'feedback' ? " 'unpaired'" : ''} is of version 2 of the contract; set specificationVersion to 'v2', so that an older trainer ` +
      'refuses the objective by name',
  );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null
    ? 'an object'
    : typeof value === 'function'
      ? 'a function'
      : String(value);
}
