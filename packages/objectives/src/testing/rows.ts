import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import type { Evaluation, Objective } from '../contract/objective.js';
import type { BatchDescription, FieldDescription } from './batch-description.js';
import { responseOf, withTokenFields } from './token-fields.js';

/** A field as plain numbers: one per row, or of a field with tokens a list per row. */
export type Column = readonly (number | readonly number[])[];

/**
 * A batch as plain numbers, a column per field.
 *
 * A field with a value per token has a list per row, `policyChosenTokens: [[-1, -2], [-3]]`. What follows from the tokens (their
 * rows, a response's length, and its sum) need not be given.
 */
export type Rows<B> = { readonly [Field in keyof B]?: Column };

/** What an evaluation came to, as plain numbers. */
export interface Outcome {
  readonly losses: readonly number[];
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}

/** Tokens of a response, at most: few, so that what fails is small. */
const MOST_TOKENS = 4;

type Fields = readonly (readonly [string, FieldDescription])[];

/** The fields of a description, in order. */
export function fieldsOf<B>(description: BatchDescription<B>): Fields {
  return Object.entries(description) as unknown as Fields;
}

/** The names of the fields that gradients must reach. */
export function trainedFields<B>(description: BatchDescription<B>): string[] {
  return fieldsOf(description)
    .filter(([, { trained }]) => trained)
    .map(([field]) => field);
}

export interface RowsOptions {
  /** Whether values at the extremes are mixed in; false by default. */
  readonly extreme?: boolean;
  /** Fields that must not be left out. */
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/**
 * Batches of a description; optional fields are there or not.
 *
 * Drawn row by row, so that shrinking takes whole rows away before it simplifies what they hold.
 */
export function rowsArbitrary<B>(
  description: BatchDescription<B>,
  options: RowsOptions = {},
): fc.Arbitrary<Rows<B>> {
  const { extreme = false, required = [], minimum = 1, maximum = 4 } = options;
  const fields = fieldsOf(description);
  const value = ({ ordinary, extreme: ends }: FieldDescription): fc.Arbitrary<number> =>
    extreme ? fc.oneof({ withCrossShrink: true }, ordinary, fc.constantFrom(...ends)) : ordinary;
  const values = fields.map(([field, given]) => [
    field,
    given.tokens ? fc.array(value(given), { minLength: MOST_TOKENS, maxLength: MOST_TOKENS }) : value(given),
  ]);
  const responses = new Set(fields.filter(([, { tokens }]) => tokens).map(([field]) => responseOf(field)));
  const lengths = [...responses].map((response) => [response, fc.integer({ min: 1, max: MOST_TOKENS })]);
  const optional = fields.filter(([field, given]) => given.optional && !required.includes(field));
  // Absent once in four times, and wherever shrinking may take the field away.
  const present = fc.record(
    Object.fromEntries(optional.map(([field]) => [field, fc.nat({ max: 3 }).map((n) => n > 0)])),
  );
  const list = fc.array(
    fc.record({
      drawn: fc.record<Record<string, number | number[]>>(Object.fromEntries(values)),
      tokens: fc.record<Record<string, number>>(Object.fromEntries(lengths)),
    }),
    { minLength: minimum, maxLength: maximum, size: 'max' },
  );
  return fc.tuple(present, list).map(([given, rows]) => {
    const drawn = fields.filter(([field]) => given[field] ?? true);
    const columns = drawn.map(([field]) => {
      const cells = rows.map(({ drawn: row, tokens }) => {
        const cell = row[field] as number | number[];
        return Array.isArray(cell) ? cell.slice(0, tokens[responseOf(field)]) : cell;
      });
      return [field, cells] as const;
    });
    return Object.fromEntries<unknown>(columns) as Rows<B>;
  });
}

/** The number of rows. */
export function countOf<B>(rows: Rows<B>): number {
  return Math.max(0, ...Object.values<Column | undefined>(rows).map((column) => column?.length ?? 0));
}

/** The rows with the given indices, in that order. */
export function pick<B>(rows: Rows<B>, indices: readonly number[]): Rows<B> {
  return mapColumns(rows, (column) => indices.map((index) => column[index] as Column[number]));
}

/** The rows with every column put through a function. */
export function mapColumns<B>(rows: Rows<B>, change: (column: Column, field: string) => Column): Rows<B> {
  return Object.fromEntries(
    Object.entries<Column | undefined>(rows).map(([field, column]) => [field, change(column ?? [], field)]),
  ) as Rows<B>;
}

/** The rows with every number put through a function; `place` is that of a token in its row, else 0. */
export function mapNumbers<B>(
  rows: Rows<B>,
  change: (value: number, field: string, row: number, place: number) => number,
): Rows<B> {
  return mapColumns(rows, (column, field) =>
    column.map((cell, row) =>
      typeof cell === 'number'
        ? change(cell, field, row, 0)
        : cell.map((value, place) => change(value, field, row, place)),
    ),
  );
}

/** The rows as tensors; the caller disposes of them with {@link disposeBatch}. */
export function toBatch<B>(rows: Rows<B>): B {
  return withTokenFields(toTensors(rows), tokenCounts(rows)) as B;
}

function toTensors<B>(rows: Rows<B>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries<Column | undefined>(rows).map(([field, column]) => [
      field,
      tf.tensor1d([...(column ?? [])].flat(), 'float32'),
    ]),
  );
}

/** Tokens per row of each field that has tokens. */
function tokenCounts<B>(rows: Rows<B>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries<Column | undefined>(rows).flatMap(([field, column = []]) =>
      column.some((cell) => typeof cell !== 'number')
        ? [[field, column.map((cell) => (typeof cell === 'number' ? 1 : cell.length))]]
        : [],
    ),
  );
}

/** A flat list cut into the rows of a column. */
function cutLike(column: Column, values: readonly number[]): Column {
  let from = 0;
  return column.map((cell) => {
    const size = typeof cell === 'number' ? 1 : cell.length;
    from += size;
    return typeof cell === 'number' ? (values[from - 1] as number) : values.slice(from - size, from);
  });
}

export function disposeBatch<B>(batch: B): void {
  tf.dispose(batch as unknown as tf.TensorContainerObject);
}

/** Evaluates the objective on the rows and reads what it says. */
export async function outcomeOf<B>(objective: Objective<B>, rows: Rows<B>): Promise<Outcome> {
  const batch = toBatch(rows);
  const evaluation = objective.evaluate(batch);
  const outcome = await readEvaluation(evaluation);
  disposeEvaluation(evaluation);
  disposeBatch(batch);
  return outcome;
}

export function disposeEvaluation({ losses, metrics }: Evaluation): void {
  tf.dispose([losses, ...Object.values(metrics)]);
}

async function readEvaluation({ losses, metrics }: Evaluation): Promise<Outcome> {
  const names = Object.keys(metrics);
  const values = await Promise.all(Object.values(metrics).map(read));
  return {
    losses: await read(losses),
    metrics: Object.fromEntries(names.map((name, index) => [name, values[index] ?? []])),
  };
}

async function read(tensor: tf.Tensor): Promise<number[]> {
  return [...(await tensor.data())];
}

/** Σ_i c_i·ℓ_i differentiated with respect to every column; one that no gradient reaches gets zeros. */
export async function gradientOf<B>(
  scalar: (batch: B) => tf.Tensor,
  rows: Rows<B>,
): Promise<Record<string, Column>> {
  const columns = toTensors(rows);
  const entries = Object.entries(columns);
  const variables = entries.map(([, tensor]) => tf.variable(tensor));
  const trained = Object.fromEntries(entries.map(([field], index) => [field, variables[index] as tf.Tensor]));
  const { value, grads } = tf.variableGrads(
    () => scalar(withTokenFields(trained, tokenCounts(rows)) as B) as tf.Scalar,
    variables,
  );
  const result: Record<string, Column> = {};
  for (const [index, [field, tensor]] of entries.entries()) {
    const gradient = grads[variables[index]?.name ?? ''];
    const values = gradient ? await read(gradient) : new Array<number>(tensor.size).fill(0);
    result[field] = cutLike(rows[field as keyof B] ?? [], values);
  }
  tf.dispose([value, ...Object.values(grads), ...variables, columns]);
  return result;
}

/** The gradient of Σ_i c_i·ℓ_i. */
export function lossGradient<B>(
  objective: Objective<B>,
  rows: Rows<B>,
  cotangent: readonly number[],
): Promise<Record<string, Column>> {
  return gradientOf(
    (batch: B) =>
      tf.tidy(() => tf.sum(tf.mul(objective.evaluate(batch).losses, tf.tensor1d([...cotangent])))),
    rows,
  );
}

/** What an evaluation comes to, and the gradient of the sum of its losses: one evaluation for both. */
export async function outcomeWithGradient<B>(
  objective: Objective<B>,
  rows: Rows<B>,
): Promise<{ readonly outcome: Outcome; readonly gradient: Record<string, Column> }> {
  let kept: Evaluation | undefined;
  const gradient = await gradientOf((batch: B) => {
    const { losses, metrics } = objective.evaluate(batch);
    const keep = (tensor: Tensor1D): Tensor1D => tf.keep(tf.clone(tensor));
    kept = {
      losses: keep(losses),
      metrics: Object.fromEntries(Object.entries(metrics).map(([name, values]) => [name, keep(values)])),
    };
    return tf.sum(losses);
  }, rows);
  const evaluation = kept as Evaluation | undefined;
  if (!evaluation) throw new Error('nothing was evaluated');
  const outcome = await readEvaluation(evaluation);
  disposeEvaluation(evaluation);
  return { outcome, gradient };
}

/** Losses, metrics, and gradients by the names that messages give them. */
export function readable(
  { losses, metrics }: Outcome,
  gradient: Readonly<Record<string, Column>>,
): Record<string, Column> {
  return {
    'the loss': losses,
    ...prefixed('the metric', metrics),
    ...prefixed('the gradient of', gradient),
  };
}

function prefixed(prefix: string, lists: Readonly<Record<string, Column>>): Record<string, Column> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [`${prefix} ${name}`, values]));
}
