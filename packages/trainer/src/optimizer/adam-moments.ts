import * as tf from '@tensorflow/tfjs-core';

/** One update's numbers, the bias corrections in them; see `createAdamW` for the formula. */
export interface AdamConstants {
  /** Updates so far, this one included. */
  readonly updates: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Multiplies the gradient first. */
  readonly gradientScale: number;
  /** 1 − lr·decay, which multiplies the parameter first. */
  readonly keep: number;
  /** lr·√(1 − β₂^t)/(1 − β₁^t) and ε·√(1 − β₂^t), so that p ← keep·p − rate·m/(√v + epsilon). */
  readonly rate: number;
  readonly epsilon: number;
}

/** How averages are kept: both as float32, or both as bfloat16, which takes half of the memory. */
export type MomentPrecision = 'float32' | 'bfloat16';

/** Averages of a parameter's gradient and of its square, which an update moves on together with the parameter. */
export interface AdamMoments {
  update(gradient: tf.Tensor, constants: AdamConstants): void;
  /** Copies, flat. */
  read(): Promise<{ readonly gradientAverage: Float32Array; readonly squareAverage: Float32Array }>;
  write(gradientAverage: Float32Array, squareAverage: Float32Array): void;
  dispose(): void;
}

interface Chunk {
  /** First row and number of rows. */
  readonly from: number;
  readonly rows: number;
  gradientAverage: tf.Tensor;
  squareAverage: tf.Tensor;
}

/**
 * Moments that plain operations move on, on any back end.
 *
 * A large parameter is updated in chunks of rows, so that temporaries stay small.
 *
 * @param chunkElements elements above which a parameter is updated in chunks
 */
export function plainAdamMoments(variable: tf.Variable, chunkElements: number): AdamMoments {
  const rest = variable.shape.slice(1);
  const zeros = (rows: number): tf.Tensor => tf.keep(tf.zeros(variable.shape.length ? [rows, ...rest] : []));
  const chunks: Chunk[] = rowChunks(variable.shape, chunkElements).map(({ from, rows }) => ({
    from,
    rows,
    gradientAverage: zeros(rows),
    squareAverage: zeros(rows),
  }));

  return {
    update(gradient, constants) {
      const [only] = chunks;
      if (only !== undefined && chunks.length === 1) {
        const value = updateChunk(only, variable, gradient, constants);
        variable.assign(value);
        value.dispose();
        return;
      }
      const parts = chunks.map((chunk) => {
        const begin = [chunk.from, ...rest.map(() => 0)];
        const size = [chunk.rows, ...rest];
        return tf.tidy(() =>
          updateChunk(chunk, tf.slice(variable, begin, size), tf.slice(gradient, begin, size), constants),
        );
      });
      const value = tf.concat(parts, 0);
      tf.dispose(parts);
      variable.assign(value);
      value.dispose();
    },
    async read() {
      const gradientAverage = new Float32Array(variable.size);
      const squareAverage = new Float32Array(variable.size);
      let offset = 0;
      for (const chunk of chunks) {
        gradientAverage.set(await chunk.gradientAverage.data<'float32'>(), offset);
        squareAverage.set(await chunk.squareAverage.data<'float32'>(), offset);
        offset += chunk.gradientAverage.size;
      }
      return { gradientAverage, squareAverage };
    },
    write(gradientAverage, squareAverage) {
      let offset = 0;
      for (const chunk of chunks) {
        const { shape, size } = chunk.gradientAverage;
        const part = (values: Float32Array): tf.Tensor =>
          tf.keep(tf.tensor(values.slice(offset, offset + size), shape, 'float32'));
        tf.dispose([chunk.gradientAverage, chunk.squareAverage]);
        chunk.gradientAverage = part(gradientAverage);
        chunk.squareAverage = part(squareAverage);
        offset += size;
      }
    },
    dispose() {
      for (const { gradientAverage, squareAverage } of chunks) tf.dispose([gradientAverage, squareAverage]);
      chunks.length = 0;
    },
  };
}

/** Moves the chunk's moments on and returns its new value. */
function updateChunk(
  chunk: Chunk,
  value: tf.Tensor,
  gradient: tf.Tensor,
  { beta1, beta2, gradientScale, keep, rate, epsilon }: AdamConstants,
): tf.Tensor {
  const before = [chunk.gradientAverage, chunk.squareAverage];
  const [next, gradientAverage, squareAverage] = tf.tidy((): [tf.Tensor, tf.Tensor, tf.Tensor] => {
    const fresh = tf.mul(gradient, gradientScale * (1 - beta1));
    const average = tf.add(tf.mul(chunk.gradientAverage, beta1), fresh);
    const freshSquare = tf.mul(tf.square(fresh), (1 - beta2) / (1 - beta1) ** 2);
    const squares = tf.add(tf.mul(chunk.squareAverage, beta2), freshSquare);
    const kept = keep === 1 ? value : tf.mul(value, keep);
    // rate·m/(√v + ε) = m/(√v/rate + ε/rate): one pass less. At a rate of 0 the moments move and the parameter stays.
    const slope = 1 / rate;
    if (!Number.isFinite(Math.fround(slope))) return [tf.clone(kept), average, squares];
    return [
      tf.sub(kept, tf.div(average, tf.add(tf.mul(tf.sqrt(squares), slope), epsilon * slope))),
      average,
      squares,
    ];
  });
  // Kept by hand: this may run inside the tidy of a chunk.
  chunk.gradientAverage = tf.keep(gradientAverage);
  chunk.squareAverage = tf.keep(squareAverage);
  tf.dispose(before);
  return next;
}

function rowChunks(shape: readonly number[], chunkElements: number): { from: number; rows: number }[] {
  const [rows = 1, ...rest] = shape;
  const rowSize = rest.reduce((product, size) => product * size, 1);
  const whole = Math.max(1, Math.floor(chunkElements / rowSize));
  return Array.from({ length: Math.ceil(rows / whole) }, (_, index) => ({
    from: index * whole,
    rows: Math.min(whole, rows - index * whole),
  }));
}
