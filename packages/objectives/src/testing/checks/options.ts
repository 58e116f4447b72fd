import * as fc from 'fast-check';
import type { Objective } from '../../contract/objective.js';
import { BrokenLaw } from '../broken-law.js';
import { atLeast, trials } from '../hold.js';
import { outcomeWithGradient, type Rows } from '../rows.js';
import type { Subject } from '../subject.js';

type Named = Readonly<Record<string, unknown>>;

/**
 * Every option has an influence: with another value of it, some batch has other losses or gradients.
 *
 * The other value is one that is drawn for it too; a number that is always the same is halved.
 */
export async function options<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, parameters } = subject;
  const drawn = fc
    .sample(fc.record({ trial: trials(subject), other: optionsArbitrary }), atLeast(50, parameters))
    .map(({ trial, other }) => ({ given: named(trial.options), other: named(other), rows: trial.rows }));
  for (const key of new Set(drawn.flatMap(({ given }) => Object.keys(given)))) {
    const isConstant = new Set(drawn.map(({ given }) => fc.stringify(given[key]))).size === 1;
    let tried = 0;
    let matters = false;
    for (const { given, other, rows } of drawn) {
      const changed = isConstant ? halved(given, key) : replaced(given, other, key);
      if (!changed || matters) continue;
      const before = await observe(factory, given as O, rows);
      const after = await observe(factory, changed as O, rows);
      if (before === undefined || after === undefined) continue;
      tried += 1;
      matters = before !== after;
    }
    if (tried > 0 && !matters) {
      throw new BrokenLaw(
        `the option ${key} has no influence: other values of it gave the same losses and gradients on all of ${tried} batches; ` +
          'is it missing from the formula?',
      );
    }
  }
}

function named(given: unknown): Named {
  return typeof given === 'object' && given !== null ? (given as Named) : {};
}

/** The options with another value of one of them, if the other options have another. */
function replaced(given: Named, other: Named, key: string): Named | undefined {
  if (fc.stringify(other[key]) === fc.stringify(given[key])) return undefined;
  const { [key]: _, ...rest } = given;
  return key in other ? { ...rest, [key]: other[key] } : rest;
}

function halved(given: Named, key: string): Named | undefined {
  const value = given[key];
  return typeof value === 'number' && value !== 0 && Number.isFinite(value)
    ? { ...given, [key]: value / 2 }
    : undefined;
}

/** What there is to see of an objective; undefined if the factory does not accept the options. */
async function observe<O, B>(
  factory: (options: O) => Objective<B>,
  given: O,
  rows: Rows<B>,
): Promise<string | undefined> {
  let objective: Objective<B>;
  try {
    objective = factory(given);
  } catch {
    return undefined;
  }
  const { outcome, gradient } = await outcomeWithGradient(objective, rows);
  return JSON.stringify([outcome.losses, gradient]);
}
