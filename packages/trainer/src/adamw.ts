import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from './errors.js';

/** Named variables, in a fixed order. */
export type Parameters = ReadonlyMap<string, tf.Variable>;

/** Named gradients; a parameter without one is left alone. */
export type Gradients = ReadonlyMap<string, tf.Tensor>;

export interface AdamWSettings {
  /** Decay of the gradient's average; 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the squared gradient's average; 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the squared gradient's average, after bias correction; 1e-8 by default. */
  readonly epsilon?: number;
  /** Decoupled decay of every parameter, per unit of learning rate; 0 by default. */
  readonly weightDecay?: number;
  /** Parameters above this many elements are updated in chunks of rows, which keeps temporaries small; 2²² by default. */
  readonly chunkElements?: number;
}

/** Everything that an optimizer remembers, on the host. */
export interface AdamWState {
  /** Updates done. */
  readonly updates: number;
  /** Σ β₁^(t−k)·g_k of each parameter, flat, by its name. */
  readonly gradientSums: ReadonlyMap<string, Float32Array>;
  /** Σ β₂^(t−k)·g_k² of each parameter, flat, by its name. */
  readonly squareSums: ReadonlyMap<string, Float32Array>;
}

export interface AdamW {
  /**
   * Makes one update of every parameter that has a gradient; disposes of nothing that it was given.
   *
   * @param gradients by parameter name, each of its parameter's shape
   * @param options.learningRate the rate of this update
   * @param options.gradientScale multiplies every gradient first (clipping); 1 by default
   */
  update(
    gradients: Gradients,
    options: { readonly learningRate: number; readonly gradientScale?: number },
  ): void;
  /** A copy of the state; one parameter is read at a time. */
  state(): Promise<AdamWState>;
  /** @throws {TrainerError} `checkpoint-mismatch` where a parameter is missing or has another size */
  restore(state: AdamWState): void;
  dispose(): void;
}

interface Moments {
  readonly variable: tf.Variable;
  /** Rows of each chunk; one chunk of everything for most parameters. */
  readonly rows: readonly number[];
  readonly gradientSums: tf.Tensor[];
  readonly squareSums: tf.Tensor[];
}

/**
 * AdamW with decoupled weight decay and bias correction, in float32; equal to `torch.optim.AdamW` up to rounding.
 *
 * ```text
 * m_t = β₁m_{t−1} + (1 − β₁)g      v_t = β₂v_{t−1} + (1 − β₂)g²
 * p_t = (1 − lr·decay)·p_{t−1} − lr · m_t/(1 − β₁^t) / (√(v_t/(1 − β₂^t)) + ε)
 * ```
 *
 * What is kept is s = m/(1 − β₁) and u = v/(1 − β₂): the recurrences lose a product each, and every scalar of
 * the last line folds into two, `p − s/(A·√u + B)`, which is 11 passes over a parameter's memory instead of 14.
 *
 * @param parameters by name; read and assigned at each update
 * @throws {TrainerError} `invalid-option` where a setting is out of range
 * @example
 * const optimizer = createAdamW(model.parameters, { epsilon: 1e-5 });
 * optimizer.update(gradients, { learningRate: 1e-3 });
 * @see Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2
 */
export function createAdamW(parameters: Parameters, settings: AdamWSettings = {}): AdamW {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, chunkElements = 2 ** 22 } = settings;
  requireRange('beta1', beta1, 0 <= beta1 && beta1 < 1, 'in [0, 1)');
  requireRange('beta2', beta2, 0 <= beta2 && beta2 < 1, 'in [0, 1)');
  requireRange('epsilon', epsilon, epsilon > 0, 'above 0');
  requireRange('chunkElements', chunkElements, chunkElements >= 1, 'at least 1');
  requireRange('weightDecay', weightDecay, weightDecay >= 0, 'at least 0');

  const moments = new Map(
    [...parameters].map(([name, variable]) => [name, createMoments(variable, chunkElements)]),
  );
  let updates = 0;

  return {
    update(gradients, { learningRate, gradientScale = 1 }) {
      updates += 1;
      const meanScale = (learningRate * (1 - beta1)) / (1 - beta1 ** updates);
      const constants: UpdateConstants = {
        beta1,
        beta2,
        gradientScale,
        keep: 1 - learningRate * weightDecay,
        // A and B above. At a rate of 0 (the first update of a warm-up) they are infinite: the moments move, the parameter stays.
        slope: Math.sqrt((1 - beta2) / (1 - beta2 ** updates)) / meanScale,
        offset: epsilon / meanScale,
      };
      for (const [name, gradient] of gradients) {
        const own = moments.get(name);
        if (!own)
          throw new TrainerError('invalid-option', `There is a gradient for ${name}, which is no parameter.`);
        tf.util.assertShapesMatch(own.variable.shape, gradient.shape, `@ais/trainer: gradient of ${name}: `);
        updateParameter(own, gradient, constants);
      }
    },
    async state() {
      const gradientSums = new Map<string, Float32Array>();
      const squareSums = new Map<string, Float32Array>();
      for (const [name, own] of moments) {
        gradientSums.set(name, await readChunks(own.gradientSums, own.variable.size));
        squareSums.set(name, await readChunks(own.squareSums, own.variable.size));
      }
      return { updates, gradientSums, squareSums };
    },
    restore(state) {
      for (const [name, own] of moments) {
        writeChunks(own, own.gradientSums, state.gradientSums.get(name), name);
        writeChunks(own, own.squareSums, state.squareSums.get(name), name);
      }
      updates = state.updates;
    },
    dispose() {
      for (const { gradientSums, squareSums } of moments.values()) tf.dispose([gradientSums, squareSums]);
      moments.clear();
    },
  };
}

interface UpdateConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly gradientScale: number;
  readonly keep: number;
  readonly slope: number;
  readonly offset: number;
}

function updateParameter(own: Moments, gradient: tf.Tensor, constants: UpdateConstants): void {
  const { variable, rows } = own;
  if (rows.length === 1) {
    const value = updateChunk(own, 0, variable, gradient, constants);
    variable.assign(value);
    value.dispose();
    return;
  }
  let from = 0;
  const chunks = rows.map((count, chunk) => {
    const start = [from, ...variable.shape.slice(1).fill(0)];
    const size = [count, ...variable.shape.slice(1)];
    from += count;
    return tf.tidy(() =>
      updateChunk(own, chunk, tf.slice(variable, start, size), tf.slice(gradient, start, size), constants),
    );
  });
  const value = tf.concat(chunks, 0);
  tf.dispose(chunks);
  variable.assign(value);
  value.dispose();
}

/** Moves the chunk's moments on and returns its new value. */
function updateChunk(
  own: Moments,
  chunk: number,
  value: tf.Tensor,
  gradient: tf.Tensor,
  { beta1, beta2, gradientScale, keep, slope, offset }: UpdateConstants,
): tf.Tensor {
  const [gradientSum, squareSum] = [own.gradientSums[chunk], own.squareSums[chunk]];
  if (!gradientSum || !squareSum) throw new TrainerError('invalid-option', 'This optimizer was disposed of.');
  const [nextValue, nextGradientSum, nextSquareSum] = tf.tidy((): [tf.Tensor, tf.Tensor, tf.Tensor] => {
    const scaled = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
    const sum = tf.add(tf.mul(gradientSum, beta1), scaled);
    const squares = tf.add(tf.mul(squareSum, beta2), tf.square(scaled));
    const kept = keep === 1 ? value : tf.mul(value, keep);
    if (!Number.isFinite(Math.fround(slope))) return [tf.clone(kept), sum, squares];
    return [tf.sub(kept, tf.div(sum, tf.add(tf.mul(tf.sqrt(squares), slope), offset))), sum, squares];
  });
  // Kept by hand: this may run inside the tidy of a chunk.
  own.gradientSums[chunk] = tf.keep(nextGradientSum);
  own.squareSums[chunk] = tf.keep(nextSquareSum);
  tf.dispose([gradientSum, squareSum]);
  return nextValue;
}

function createMoments(variable: tf.Variable, chunkElements: number): Moments {
  const rows = chunkRows(variable.shape, chunkElements);
  const zeros = (): tf.Tensor[] =>
    rows.map((count) => tf.keep(tf.zeros(variable.shape.length ? [count, ...variable.shape.slice(1)] : [])));
  return { variable, rows, gradientSums: zeros(), squareSums: zeros() };
}

/** The number of rows in each chunk of a tensor of this shape. */
function chunkRows(shape: readonly number[], chunkElements: number): number[] {
  const [rows = 1, ...rest] = shape;
  const rowSize = rest.reduce((product, size) => product * size, 1);
  const whole = Math.max(1, Math.floor(chunkElements / rowSize));
  const counts = Array.from({ length: Math.floor(rows / whole) }, () => whole);
  return rows % whole ? [...counts, rows % whole] : counts;
}

async function readChunks(chunks: readonly tf.Tensor[], size: number): Promise<Float32Array> {
  const values = new Float32Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    values.set(await chunk.data<'float32'>(), offset);
    offset += chunk.size;
  }
  return values;
}

function writeChunks(
  own: Moments,
  chunks: tf.Tensor[],
  values: Float32Array | undefined,
  name: string,
): void {
  if (values?.length !== own.variable.size) {
    throw new TrainerError(
      'checkpoint-mismatch',
      `The stored optimizer has ${values?.length ?? 'no'} elements for ${name}, which has ${own.variable.size}. ` +
        'Resume with the model that the run was started with.',
    );
  }
  let offset = 0;
  chunks.forEach((chunk, index) => {
    chunks[index] = tf.keep(tf.tensor(values.slice(offset, offset + chunk.size), chunk.shape, 'float32'));
    offset += chunk.size;
    chunk.dispose();
  });
}

function requireRange(name: string, value: number, holds: boolean, range: string): void {
  if (!holds) throw new TrainerError('invalid-option', `${name} must be ${range}, not ${value}.`);
}
