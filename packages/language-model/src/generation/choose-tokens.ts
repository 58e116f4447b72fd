import { hasNativeKernels, type Random, runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { type SamplingOptions, sampleToken } from './sampling.js';
import { isGreedy, probabilitiesAt } from './temperature.js';

/** A token for each row. */
export interface Choices {
  readonly tokens: Int32Array;
  /** log π of each at temperature 1. */
  readonly logProbs: Float32Array;
}

/**
 * Chooses a token for each row, from its stream where there is one; rows without one are not looked at.
 *
 * With p = softmax z, log π of a greedy token is log max p, and that of a token drawn at temperature 1 is log p of
 * it: neither asks for another pass over the logits.
 */
export async function chooseTokens(
  logits: tf.Tensor2D,
  streams: readonly (Random | undefined)[],
  options: SamplingOptions,
): Promise<Choices> {
  const { temperature, topK, topP = 1 } = options;
  if (hasNativeKernels() && topK === undefined && topP === 1) {
    return chooseNatively(logits, streams, temperature);
  }
  if (isGreedy(temperature)) {
    const [best, highest] = tf.tidy(() => [tf.argMax(logits, 1), tf.log(tf.max(tf.softmax(logits), 1))]) as [
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    try {
      return { tokens: Int32Array.from(await best.data()), logProbs: (await highest.data()) as Float32Array };
    } finally {
      tf.dispose([best, highest]);
    }
  }
  const vocabulary = logits.shape[1];
  const distribution = probabilitiesAt(logits, temperature);
  const values = (await distribution.data()) as Float32Array;
  distribution.dispose();
  const tokens = Int32Array.from(streams, (random, row) =>
    random === undefined
      ? 0
      : sampleToken(values.subarray(row * vocabulary, (row + 1) * vocabulary), options, random.uniform()),
  );
  if (temperature === 1) {
    return {
      tokens,
      logProbs: Float32Array.from(tokens, (token, row) =>
        Math.log(values[row * vocabulary + token] as number),
      ),
    };
  }
  const picked = tf.tidy(() => {
    const at = new Int32Array(2 * tokens.length);
    tokens.forEach((token, index) => {
      at[2 * index] = index;
      at[2 * index + 1] = token;
    });
    const highest = tf.max(logits, 1);
    const logSum = tf.sub(highest, tf.log(tf.max(tf.softmax(logits), 1)));
    return tf.sub(tf.gatherND(logits, tf.tensor2d(at, [tokens.length, 2], 'int32')), logSum);
  });
  const logProbs = (await picked.data()) as Float32Array;
  picked.dispose();
  return { tokens, logProbs };
}

/** The same in one operation, without a copy of the logits in JavaScript. */
async function chooseNatively(
  logits: tf.Tensor2D,
  streams: readonly (Random | undefined)[],
  temperature: number,
): Promise<Choices> {
  const [tokens, logProbs] = tf.tidy(() => {
    // As bits: tensors have no float64.
    const draws = Float64Array.from(isGreedy(temperature) ? [] : streams, (random) => random?.uniform() ?? 0);
    const bits = tf.tensor2d(new Int32Array(draws.buffer), [draws.length, 2], 'int32');
    return runNativeKernel('AisChoose', [logits, bits], { temperature }, 2);
  }) as [tf.Tensor1D, tf.Tensor1D];
  try {
    return { tokens: (await tokens.data()) as Int32Array, logProbs: (await logProbs.data()) as Float32Array };
  } finally {
    tf.dispose([tokens, logProbs]);
  }
}
