import * as fc from 'fast-check';
import { BrokenLaw, causeOf } from './broken-law.js';
import { type Column, countOf, pick, type Rows, type RowsOptions, rowsArbitrary } from './rows.js';
import type { Subject } from './subject.js';

/** What a law is tried on. */
export interface Trial<O, B> {
  readonly options: O;
  readonly rows: Rows<B>;
  /** Number of rows below which the law says nothing; 1 by default. */
  readonly fewest?: number;
}

/** Draws options and batches of a subject. */
export function trials<O, B>(
  { optionsArbitrary, description, required }: Subject<O, B>,
  options: Omit<RowsOptions, 'required'> = {},
): fc.Arbitrary<Trial<O, B>> {
  return fc.record({
    options: optionsArbitrary,
    rows: rowsArbitrary(description, { ...options, required }),
    fewest: fc.constant(options.minimum ?? 1),
  });
}

/**
 * Tries a law on drawn trials, and throws with the smallest trial that breaks it.
 *
 * @param law rejects where the objective breaks it
 * @throws {BrokenLaw} with the deepest cause first, then options, batch, and seed
 */
export async function hold<T extends Trial<unknown, unknown>>(
  arbitrary: fc.Arbitrary<T>,
  parameters: { readonly numRuns: number; readonly seed: number },
  law: (trial: T) => Promise<void>,
): Promise<void> {
  const found = await fc.check(fc.asyncProperty(arbitrary, law), parameters);
  if (!found.failed) return;
  const [trial] = found.counterexample ?? [];
  if (!trial) {
    throw new BrokenLaw(
      `every batch that was drawn was passed over (${found.numSkips}), so nothing was tried`,
      [seedLine(parameters.seed)],
    );
  }
  const { smallest, error } = await fewestRows(trial, found.errorInstance, law);
  throw new BrokenLaw(causeOf(error), [...describeTrial(smallest), seedLine(parameters.seed)], {
    cause: error,
  });
}

/** Takes away every row that the failure can do without; fast-check's shrinking keeps some. */
async function fewestRows<T extends Trial<unknown, unknown>>(
  trial: T,
  failure: unknown,
  law: (trial: T) => Promise<void>,
): Promise<{ readonly smallest: T; readonly error: unknown }> {
  let found = { smallest: trial, error: failure };
  for (let row = countOf(trial.rows) - 1; row >= 0; row -= 1) {
    const kept = [...Array(countOf(found.smallest.rows)).keys()].filter((index) => index !== row);
    if (kept.length < (trial.fewest ?? 1)) break;
    const fewer = { ...found.smallest, rows: pick(found.smallest.rows, kept) };
    const error = await law(fewer).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error !== undefined && !fc.PreconditionFailure.isFailure(error)) found = { smallest: fewer, error };
  }
  return found;
}

/** Parameters for what has to show only once in all draws. */
export function atLeast<P extends { readonly numRuns: number }>(numRuns: number, parameters: P): P {
  return { ...parameters, numRuns: Math.max(numRuns, parameters.numRuns) };
}

/** Options and batch, a line each, such as can be pasted into a golden value. */
export function describeTrial({ options, rows }: Trial<unknown, unknown>): string[] {
  const fields = Object.entries<Column>(rows as Record<string, Column>);
  const list = (values: readonly unknown[]): string => `[${values.join(', ')}]`;
  const columns = fields.map(
    ([field, cells]) =>
      `${field}: ${list(cells.map((cell) => (typeof cell === 'number' ? cell : list(cell))))}`,
  );
  const count = countOf(rows);
  return [
    optionsLine(options),
    `batch of ${count} ${count === 1 ? 'row' : 'rows'}: { ${columns.join(', ')} }`,
  ];
}

function seedLine(seed: number): string {
  return `to draw the same batches again: seed: ${seed}`;
}

/** Options as a line of a message. */
export function optionsLine(options: unknown): string {
  // Records are drawn without a prototype now and then, which does not matter here.
  const text = fc.stringify(options).replaceAll(/__proto__:null,?/g, '');
  return `options: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
}
