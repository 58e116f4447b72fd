import { expect, it } from 'vitest';
import { dpo } from '../objectives/dpo.js';
import { rloo } from '../objectives/rloo.js';
import { checkObjective } from './check-objective.js';

const sound = dpo({ beta: 1 });

it('accepts objectives', () => {
  for (const objective of [
    sound,
    rloo({ beta: 1 }),
    { ...sound, requires: { feedback: 'pairs', reference: false, certainty: true, wholeBatch: false } },
  ]) {
    checkObjective(objective);
  }
});

it.each([
  [undefined, "the objective: expected an objective, an object with a function 'evaluate', got undefined."],
  [dpo, "the objective: expected an objective, an object with a function 'evaluate', got a function."],
  ['dpo', "the objective: expected an objective, an object with a function 'evaluate', got 'dpo'."],
  [{ ...sound, specificationVersion: 'v2' }, "dpo: specificationVersion must be 'v1', got 'v2'."],
  [{ ...sound, name: '' }, "the objective: name must be a word, got ''."],
  [{ ...sound, name: 7 }, 'the objective: name must be a word, got 7.'],
  [{ ...sound, evaluate: undefined }, 'dpo: evaluate must be a function, got undefined.'],
  [
    { ...sound, requires: undefined },
    'dpo: requires is missing; declare what the objective reads, for example ' +
      "requires: { feedback: 'pairs', reference: true }.",
  ],
  [
    { ...sound, requires: 'pairs' },
    /^@ais\/objectives: dpo: requires must be an object, got 'pairs'; declare/,
  ],
  [{ ...sound, requires: {} }, "dpo: requires.feedback must be 'pairs' or 'samples', got undefined."],
  [
    { ...sound, requires: { feedback: 'stars', reference: true } },
    "dpo: requires.feedback must be 'pairs' or 'samples', got 'stars'.",
  ],
  [
    { ...sound, requires: { feedback: 'pairs' } },
    "dpo: requires.reference must be true or false, got undefined; it says whether the objective reads the reference's " +
      'log-probabilities.',
  ],
  [
    { ...sound, requires: { feedback: 'pairs', reference: true, certainty: 'yes' } },
    "dpo: requires.certainty must be true or false, or absent, got 'yes'.",
  ],
  [
    { ...sound, requires: { feedback: 'pairs', reference: true, wholeBatch: {} } },
    'dpo: requires.wholeBatch must be true or false, or absent, got an object.',
  ],
] as const)('names what is wrong and what to do: %#', (value, message) => {
  expect(() => checkObjective(value)).toThrow(
    expect.objectContaining({
      code: 'invalid-objective',
      message:
        typeof message === 'string'
          ? `@ais/objectives: ${message}`
          : (expect.stringMatching(message) as string),
    }),
  );
});

it('calls what has no name by the given label', () => {
  expect(() => checkObjective(undefined, './plugin.js')).toThrow(
    /^@ais\/objectives: \.\/plugin\.js: expected/,
  );
});
