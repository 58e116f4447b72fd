import { createRandom, hasNativeKernels, type Random } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { takeRows } from '../batch/row-selection.js';
import { LanguageModelError, notFinite } from '../errors.js';
import type { ModelParts } from '../network/log-probs.js';
import { Decoder } from './decoder.js';
import type { GeneratedToken, GenerateOptions, Generation } from './generation.js';
import { sampleToken } from './sampling.js';
import { isGreedy, probabilitiesAt } from './temperature.js';

/** Rows and bytes computed at once at most, where nothing else is asked for. */
const MOST_ROWS = 256;
const MOST_BYTES = 2 ** 30;
const MOST_BYTES_ON_WASM = 256 * 2 ** 20;

/** Finished rows leave the batch once they are this share of it: leaving copies the cache. */
const LEAVING_SHARE = 1 / 8;

/** How long to compute before letting timers and signals in. */
const YIELD_AFTER_MILLISECONDS = 50;

interface Row {
  readonly generation: { -readonly [Key in keyof Generation]: Generation[Key] };
  readonly random: Random;
}

/**
 * Samples `samples` responses to each prompt, token by token.
 *
 * Prompts go through in batches of similar length, each prompt once, whatever the number of its samples. Sample s
 * of prompt p draws from its own random stream (seed, p or its number in `streams`, s), so what else is in the batch changes nothing but the
 * last digits of the logits.
 */
export async function generate(
  model: ModelParts,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<Generation[]> {
  const samples = options.samples ?? 1;
  checkOptions(model, prompts, options, samples);
  const stopTokens = new Set([options.stopToken ?? model.configuration.endOfTextTokens].flat());
  const rowLimit = options.batchRows ?? defaultRows(model, prompts, options);
  const promptLimit = Math.max(1, Math.floor(rowLimit / samples));
  const longestFirst = prompts
    .map((_, index) => index)
    .sort((a, b) => (prompts[b] as number[]).length - (prompts[a] as number[]).length || a - b);

  const generations: Generation[] = prompts.flatMap((_, prompt) =>
    Array.from({ length: samples }, (_, sample) => ({
      prompt,
      sample,
      tokens: [],
      logProbs: [],
      finished: false,
    })),
  );
  const progress = { finishedResponses: 0, responses: generations.length, generatedTokens: 0 };
  const report = (tokens: readonly GeneratedToken[], finished: number): void => {
    progress.generatedTokens += tokens.length;
    progress.finishedResponses += finished;
    for (const token of tokens) options.onToken?.(token);
    options.onProgress?.({ ...progress });
  };
  if (prompts.length === 0) return generations;
  const decoder = new Decoder(model);
  try {
    for (let from = 0; from < longestFirst.length; from += promptLimit) {
      options.signal?.throwIfAborted();
      const indices = longestFirst.slice(from, from + promptLimit);
      const rows = indices.flatMap((prompt) =>
        generations.slice(prompt * samples, (prompt + 1) * samples).map((generation) => ({
          generation,
          random: createRandom(
            options.seed,
            'generate',
            options.streams?.[prompt] ?? prompt,
            generation.sample,
          ),
        })),
      );
      const batch = indices.map((index) => prompts[index] as readonly number[]);
      await generateBatch(decoder, batch, rows, { ...options, stopTokens }, report);
    }
  } finally {
    decoder.dispose();
  }
  return generations;
}

async function generateBatch(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  allRows: readonly Row[],
  options: GenerateOptions & { readonly stopTokens: ReadonlySet<number> },
  report: (tokens: readonly GeneratedToken[], finished: number) => void,
): Promise<void> {
  const { maxNewTokens, signal, stopTokens } = options;
  const samples = allRows.length / prompts.length;
  let rows: (Row | undefined)[] = [...allRows];
  let logits = decoder.start(prompts, maxNewTokens, samples);
  let yielded = performance.now();
  try {
    if (samples > 1) {
      const source = prompts.flatMap((_, index) => Array.from({ length: samples }, () => index));
      decoder.select(source);
      const repeated = takeRows(logits, Int32Array.from(source));
      logits.dispose();
      logits = repeated;
    }
    for (let length = 1; ; length++) {
      const { tokens, logProbs } = await chooseTokens(logits, rows, options);
      logits.dispose();
      const last = length >= maxNewTokens;
      let finished = 0;
      const chosen = rows.flatMap((row, index): GeneratedToken[] => {
        if (row === undefined) return [];
        const { generation } = row;
        const token = tokens[index] as number;
        const logProb = logProbs[index] as number;
        // A single logit that is not finite makes its whole row NaN.
        if (!Number.isFinite(logProb)) throw notFinite();
        generation.tokens.push(token);
        generation.logProbs.push(logProb);
        const stops = stopTokens.has(token);
        if (stops) {
          generation.finished = true;
          rows[index] = undefined;
          finished++;
        }
        const { prompt, sample } = generation;
        return [{ prompt, sample, place: length - 1, token, logProb, last: last || stops }];
      });
      const active = chosen.length;
      report(chosen, last ? active : finished);
      if (last || finished === active) return;
      if (performance.now() - yielded > YIELD_AFTER_MILLISECONDS) {
        await tf.nextFrame();
        yielded = performance.now();
      }
      signal?.throwIfAborted();

      let next = Int32Array.from(tokens);
      if (rows.length - (active - finished) >= LEAVING_SHARE * rows.length) {
        const staying = rows.flatMap((row, index) => (row === undefined ? [] : [index]));
        decoder.select(staying);
        rows = staying.map((index) => rows[index]);
        next = Int32Array.from(staying, (index) => tokens[index] as number);
      }
      logits = decoder.step(next);
    }
  } finally {
    logits.dispose();
  }
}

interface Choices {
  readonly tokens: Int32Array;
  /** log π of each at temperature 1. */
  readonly logProbs: Float32Array;
}

/**
 * A token for each row.
 *
 * With p = softmax z, log π of a greedy token is log max p, and that of a token drawn at temperature 1 is log p of
 * it: neither asks for another pass over the logits.
 */
async function chooseTokens(
  logits: tf.Tensor2D,
  rows: readonly (Row | undefined)[],
  options: GenerateOptions,
): Promise<Choices> {
  const { temperature } = options;
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
  const tokens = Int32Array.from(rows, (row, index) =>
    row === undefined
      ? 0
      : sampleToken(
          values.subarray(index * vocabulary, (index + 1) * vocabulary),
          options,
          row.random.uniform(),
        ),
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

function defaultRows(
  { plan }: ModelParts,
  prompts: readonly (readonly number[])[],
  { maxNewTokens, samples = 1 }: GenerateOptions,
): number {
  const { keyValueHeadCount, headSize, layerCount, vocabularySize } = plan.shape;
  const longest = prompts.reduce((most, { length }) => Math.max(most, length), 1);
  const portable = tf.getBackend() === 'wasm';
  // Kernels have a copy of the prompt for each row; elsewhere the samples share one.
  const ofPrompt = longest / (portable || hasNativeKernels() ? 1 : samples);
  const perRow =
    4 * (2 * layerCount * keyValueHeadCount * headSize * (ofPrompt + 2 * maxNewTokens) + 4 * vocabularySize);
  const limit = portable ? MOST_BYTES_ON_WASM : MOST_BYTES;
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(limit / perRow)));
}

function checkOptions(
  { configuration }: ModelParts,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
  samples: number,
): void {
  const { maxNewTokens, temperature, topK, topP, batchRows, stopToken, streams } = options;
  const refuse = (name: string, value: unknown, expected: string): never => {
    throw new LanguageModelError(
      'invalid-option',
      `generate: ${name} must be ${expected}, got ${String(value)}.`,
    );
  };
  const whole = (name: string, value: number | undefined): void => {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      refuse(name, value, 'an integer ≥ 1');
    }
  };
  whole('maxNewTokens', maxNewTokens);
  whole('samples', samples);
  whole('topK', topK);
  whole('batchRows', batchRows);
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY)) {
    refuse('temperature', temperature, 'a finite number ≥ 0 (0 is greedy)');
  }
  if (topP !== undefined && !(topP > 0 && topP <= 1)) refuse('topP', topP, 'above 0 and at most 1');
  for (const token of [stopToken ?? []].flat()) {
    if (!(Number.isInteger(token) && token >= 0)) refuse('stopToken', token, 'a token, or a list of tokens');
  }
  if (streams !== undefined && streams.length !== prompts.length) {
    refuse('streams', `${streams.length} numbers`, `a list of one number per prompt, ${prompts.length}`);
  }
  prompts.forEach(({ length }, index) => {
    if (length === 0) {
      throw new LanguageModelError('invalid-tokens', `prompt ${index} is empty; give it at least one token.`);
    }
    if (length + maxNewTokens > configuration.maxPositions) {
      throw new LanguageModelError(
        'invalid-tokens',
        `prompt ${index} has ${length} tokens, which with ${maxNewTokens} new ones is more than the model's ` +
          `${configuration.maxPositions} positions; truncate it or ask for fewer.`,
      );
    }
  });
}
