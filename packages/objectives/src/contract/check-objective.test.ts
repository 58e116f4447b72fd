import { expect, it } from 'vitest';
import { dpo } from '../objectives/dpo.js';
import { rloo } from '../objectives/rloo.js';
import { checkObjective } from './check-objective.js';

const sound = dpo({ beta: 1 });

it('accepts objectives', () => {
  for (const objective of [
    sound,
    { ...sound, specificationVersion: 'v2' },
    { ...sound, specificationVersion: 'v2', requires: { ...sound.requires, tokens: true } },
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
  [{ ...sound, specificationVersion: 'v3' }, "dpo: specificationVersion must be 'v1' or 'v2', got 'v3'."],
  [
    { ...sound, requires: { ...sound.requires, columns: 'margin' } },
    "dpo: requires.columns must be a list of names, or absent, got 'margin'.",
  ],
  [
    { ...sound, requires: { feedback: 'unpaired', reference: false } },
    "dpo: requires.feedback 'unpaired' is of version 2 of the contract; set specificationVersion to 'v2', so that an older trainer " +
      'refuses the objective by name.',
  ],
  [
    { ...sound, requires: { ...sound.requires, tokens: true } },
    "dpo: requires.tokens is of version 2 of the contract; set specificationVersion to 'v2', so that an older trainer " +
      'refuses the objective by name.',
  ],
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
  [
    { ...sound, requires: {} },
    "dpo: requires.feedback must be 'pairs', 'samples', or 'unpaired', got undefined.",
  ],
  [
    { ...sound, requires: { feedback: 'stars', reference: true } },
    "dpo: requires.feedback must be 'pairs', 'samples', or 'unpaired', got 'stars'.",
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
