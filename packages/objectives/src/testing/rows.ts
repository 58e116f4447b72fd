import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import type { Evaluation, Objective } from '../contract/objective.js';
import type { BatchDescription, FieldDescription } from './batch-description.js';

/** A batch as plain numbers, one list a field. */
export type Rows<B> = { readonly [Field in keyof B]?: readonly number[] };

/** What an evaluation came to, as plain numbers. */
export interface Outcome {
  readonly losses: readonly number[];
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}

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
  const values = fields.map(([field, { ordinary, extreme: ends }]) => [
    field,
    extreme ? fc.oneof({ withCrossShrink: true }, ordinary, fc.constantFrom(...ends)) : ordinary,
  ]);
  const optional = fields.filter(([field, given]) => given.optional && !required.includes(field));
  // Absent once in four times, and wherever shrinking may take the field away.
  const present = fc.record(
    Object.fromEntries(optional.map(([field]) => [field, fc.nat({ max: 3 }).map((n) => n > 0)])),
  );
  const list = fc.array(fc.record<Record<string, number>>(Object.fromEntries(values)), {
    minLength: minimum,
    maxLength: maximum,
    size: 'max',
  });
  return fc.tuple(present, list).map(([given, rows]) => {
    const drawn = fields.filter(([field]) => given[field] ?? true);
    const columns = drawn.map(([field]) => [field, rows.map((row) => row[field])] as const);
    return Object.fromEntries<unknown>(columns) as Rows<B>;
  });
}

/** The number of rows. */
export function countOf<B>(rows: Rows<B>): number {
  return Math.max(
    0,
    ...Object.values<readonly number[] | undefined>(rows).map((column) => column?.length ?? 0),
  );
}

/** The rows with the given indices, in that order. */
export function pick<B>(rows: Rows<B>, indices: readonly number[]): Rows<B> {
  return mapColumns(rows, (column) => indices.map((index) => column[index] as number));
}

/** The rows with every column put through a function. */
export function mapColumns<B>(
  rows: Rows<B>,
  change: (column: readonly number[], field: string) => readonly number[],
): Rows<B> {
  return Object.fromEntries(
    Object.entries<readonly number[] | undefined>(rows).map(([field, column]) => [
      field,
      change(column ?? [], field),
    ]),
  ) as Rows<B>;
}

/** The rows as tensors; the caller disposes of them with {@link disposeBatch}. */
export function toBatch<B>(rows: Rows<B>): B {
  return Object.fromEntries(
    Object.entries<readonly number[] | undefined>(rows).map(([field, column]) => [
      field,
      tf.tensor1d([...(column ?? [])], 'float32'),
    ]),
  ) as B;
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

/** Σ_i c_i·ℓ_i differentiated with respect to every field; a field that no gradient reaches gets zeros. */
export async function gradientOf<B>(
  scalar: (batch: B) => tf.Tensor,
  rows: Rows<B>,
): Promise<Record<string, number[]>> {
  const batch = toBatch(rows);
  const entries = Object.entries(batch as Record<string, tf.Tensor>);
  const variables = entries.map(([, tensor]) => tf.variable(tensor));
  const trained = Object.fromEntries(entries.map(([field], index) => [field, variables[index]])) as B;
  const { value, grads } = tf.variableGrads(() => scalar(trained) as tf.Scalar, variables);
  const result: Record<string, number[]> = {};
  for (const [index, [field, tensor]] of entries.entries()) {
    const gradient = grads[variables[index]?.name ?? ''];
    result[field] = gradient ? await read(gradient) : new Array<number>(tensor.size).fill(0);
  }
  tf.dispose([value, ...Object.values(grads), ...variables]);
  disposeBatch(batch);
  return result;
}

/** The gradient of Σ_i c_i·ℓ_i. */
export function lossGradient<B>(
  objective: Objective<B>,
  rows: Rows<B>,
  cotangent: readonly number[],
): Promise<Record<string, number[]>> {
  return gradientOf(
    (batch: B) =>
      tf.tidy(() => tf.sum(tf.mul(objective.evaluate(batch).losses, tf.tensor1d([...cotangent])))),
    rows,
  );
}

/** Losses, metrics, and gradients by the names that messages give them. */
export function readable(
  { losses, metrics }: Outcome,
  gradient: Readonly<Record<string, readonly number[]>>,
): Record<string, readonly number[]> {
  return {
    'the loss': losses,
    ...prefixed('the metric', metrics),
    ...prefixed('the gradient of', gradient),
  };
}

function prefixed(
  prefix: string,
  lists: Readonly<Record<string, readonly number[]>>,
): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [`${prefix} ${name}`, values]));
}
