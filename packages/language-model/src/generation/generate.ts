import { createRandom, hasNativeKernels, type Random } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { checkTokens } from '../batch/token-rows.js';
import { LanguageModelError, notFinite } from '../errors.js';
import { requireUsable } from '../layers/parameters.js';
import type { ModelParts } from '../network/log-probs.js';
import { type Choices, chooseTokens } from './choose-tokens.js';
import { Decoder } from './decoder.js';
import type { GeneratedToken, GenerateOptions, Generation } from './generation.js';
import { lookAhead } from './lookahead.js';
import { isGreedy } from './temperature.js';

/** Rows and bytes computed at once at most, where nothing else is asked for. */
const MOST_ROWS = 256;
const MOST_BYTES = 2 ** 30;
const MOST_BYTES_ON_WASM = 256 * 2 ** 20;

/**
 * Finished rows leave once they are this share of all, and where prompts may join, as many join at once: on most back ends
 * leaving copies the cache, and reading few prompts at a time takes longer than reading them together.
 */
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
 * Prompts go through longest first, each read once, or, where it has more samples than there may be rows, as often as these need.
 * Native operations let waiting prompts take the places of finished responses; elsewhere a batch of prompts of similar length
 * ends before the next one begins (`docs/decisions/continuous-batching.md`). Sample s of prompt p draws from its own random
 * stream (seed, p or its number in `streams`, s), so what else is in the batch changes nothing but the last digits of the logits.
 */
export async function generate(
  model: ModelParts,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<Generation[]> {
  const { samples = 1, maxNewTokens, signal } = options;
  checkOptions(model, prompts, options, samples);
  const generations: Generation[] = prompts.flatMap((_, prompt) =>
    Array.from({ length: samples }, (_, sample) => ({
      prompt,
      sample,
      tokens: [],
      logProbs: [],
      finished: false,
    })),
  );
  if (prompts.length === 0) return generations;
  const stopTokens = new Set([options.stopToken ?? model.configuration.endOfTextTokens].flat());
  const lengthOf = (prompt: number): number => prompts[prompt]?.length ?? 0;
  const rowLimit = options.batchRows ?? defaultRows(model, prompts, options);
  // Split as evenly as possible, so that few rows are wasted.
  const readsEach = Math.ceil(samples / rowLimit);
  const samplesAtOnce = Math.ceil(samples / readsEach);
  const waiting = [...prompts.keys()]
    .sort((a, b) => lengthOf(b) - lengthOf(a) || a - b)
    .flatMap((prompt) =>
      Array.from({ length: readsEach }, (_, read) => ({ prompt, from: read * samplesAtOnce })),
    );
  const longest = lengthOf((waiting[0] as { prompt: number }).prompt);
  const promptLimit = Math.min(waiting.length, Math.floor(rowLimit / samplesAtOnce));
  const fewest = Math.ceil(LEAVING_SHARE * promptLimit);
  const looksAhead = isGreedy(options.temperature) && options.lookahead !== false;
  const report = reporter(options, generations.length);
  const decoder = new Decoder(model, {
    prompts: promptLimit,
    samples: samplesAtOnce,
    promptTokens: longest,
    newTokens: maxNewTokens,
  });
  /** Those of finished responses have no row, until they leave. */
  let rows: (Row | undefined)[] = [];
  /** The last token of each. */
  let tokens: number[] = [];
  let yielded = performance.now();
  try {
    while (rows.length > 0 || waiting.length > 0) {
      signal?.throwIfAborted();
      // The caller may have freed it meanwhile.
      requireUsable(model.parameters);
      const { free } = decoder;
      const joining = waiting.splice(0, rows.length === 0 || free >= fewest ? free : 0);
      const drawing =
        joining.length === 0
          ? rows
          : joining.flatMap(({ prompt, from }) =>
              Array.from({ length: samplesAtOnce }, (_, index): Row | undefined => {
                const sample = from + index;
                // The last read of a prompt may have more rows than samples are left; these leave at once.
                if (sample >= samples) return undefined;
                const stream = options.streams?.[prompt] ?? prompt;
                return {
                  generation: generations[prompt * samples + sample] as Row['generation'],
                  random: createRandom(options.seed, 'generate', stream, sample),
                };
              }),
            );
      // Guess only while no prompt waits: otherwise prompts would join other rows than without guessing, which changes the order
      // of sums.
      const nobodyWaits = waiting.length === 0 || promptLimit === 1;
      const guessing = joining.length === 0 && looksAhead && nobodyWaits && decoder.mostTokens > 1;
      /** Each row's last token, and what is guessed to come after it. */
      const trying = tokens.map((token, index) => [
        token,
        ...(guessing ? guesses(rows[index], prompts, decoder.mostTokens, maxNewTokens) : []),
      ]);
      const logits =
        joining.length > 0
          ? decoder.read(joining.map(({ prompt }) => prompts[prompt] as readonly number[]))
          : guessing
            ? decoder.tryOut(trying)
            : decoder.step(Int32Array.from(tokens));
      const streams = drawing.map((row) => row?.random);
      const choices = await chooseTokens(logits, streams, options).finally(() => logits.dispose());
      let next = 0;
      const chosen = drawing.map((row, index) => {
        const guessed = joining.length > 0 ? [] : (trying[index] as number[]).slice(1);
        const from = next;
        next += 1 + guessed.length;
        return row === undefined
          ? []
          : append(row.generation, choices, { from, guessed, stopTokens, maxNewTokens });
      });
      if (guessing) decoder.keep(chosen.map(({ length }) => length));
      report(chosen.flat());

      const others = joining.length === 0 ? 0 : rows.length;
      const drawn = drawing.map((row, index) => (chosen[index]?.at(-1)?.last === false ? row : undefined));
      rows = [...rows.slice(0, others), ...drawn];
      tokens = [...tokens.slice(0, others), ...chosen.map((own) => own.at(-1)?.token ?? 0)];
      const staying = rows.flatMap((row, index) => (row === undefined ? [] : [index]));
      const leaving = rows.length - staying.length;
      if (leaving > 0 && (decoder.leavesFreely || leaving >= LEAVING_SHARE * rows.length)) {
        decoder.select(staying);
        rows = staying.map((index) => rows[index]);
        tokens = staying.map((index) => tokens[index] as number);
      }
      if (performance.now() - yielded > YIELD_AFTER_MILLISECONDS) {
        await tf.nextFrame();
        yielded = performance.now();
      }
    }
    return generations;
  } finally {
    decoder.dispose();
  }
}

/** What may come after a row's last token, as far as its response may continue. */
function guesses(
  row: Row | undefined,
  prompts: readonly (readonly number[])[],
  mostTokens: number,
  maxNewTokens: number,
): number[] {
  if (row === undefined) return [];
  const { prompt, tokens } = row.generation;
  const most = Math.min(mostTokens, maxNewTokens - tokens.length) - 1;
  return lookAhead([...(prompts[prompt] as readonly number[]), ...tokens], most);
}

/** A row's part of the choices, and where its response ends. */
interface OfRow {
  /** The place of its first choice. */
  readonly from: number;
  /** What was guessed to come after its last token: each has a choice too. */
  readonly guessed: readonly number[];
  readonly stopTokens: ReadonlySet<number>;
  readonly maxNewTokens: number;
}

/** Adds a row's chosen token to its response, and those after it as long as what was guessed before them was right. */
function append(
  generation: Row['generation'],
  { tokens, logProbs }: Choices,
  { from, guessed, stopTokens, maxNewTokens }: OfRow,
): GeneratedToken[] {
  const { prompt, sample } = generation;
  const added: GeneratedToken[] = [];
  do {
    const token = tokens[from + added.length] as number;
    const logProb = logProbs[from + added.length] as number;
    // A single logit that is not finite makes its whole row NaN.
    if (!Number.isFinite(logProb)) throw notFinite();
    const place = generation.tokens.push(token) - 1;
    generation.logProbs.push(logProb);
    generation.finished = stopTokens.has(token);
    const last = generation.finished || place + 1 >= maxNewTokens;
    added.push({ prompt, sample, place, token, logProb, last });
  } while (added.at(-1)?.last === false && guessed[added.length - 1] === added.at(-1)?.token);
  return added;
}

/** Tells the caller of tokens, and how far all responses have come. */
function reporter(
  { onToken, onProgress }: GenerateOptions,
  responses: number,
): (tokens: readonly GeneratedToken[]) => void {
  const progress = { finishedResponses: 0, responses, generatedTokens: 0 };
  return (tokens) => {
    progress.generatedTokens += tokens.length;
    progress.finishedResponses += tokens.filter(({ last }) => last).length;
    for (const token of tokens) onToken?.(token);
    onProgress?.({ ...progress });
  };
}

function defaultRows(
  { plan }: ModelParts,
  prompts: readonly (readonly number[])[],
  { maxNewTokens, samples = 1 }: GenerateOptions,
): number {
  const { keyValueHeadCount, headSize, layerCount, vocabularySize } = plan.shape;
  const longest = prompts.reduce((most, { length }) => Math.max(most, length), 1);
  const portable = tf.getBackend() === 'wasm';
  // On WASM each row has a copy of its prompt; elsewhere samples share one, and where prompts may join there are two for one at work.
  const copies = portable ? 1 : Math.min(1, (hasNativeKernels() ? 2 : 1) / samples);
  const ofPrompt = copies * longest;
  const perRow =
    4 * (2 * layerCount * keyValueHeadCount * headSize * (ofPrompt + 2 * maxNewTokens) + 4 * vocabularySize);
  const limit = portable ? MOST_BYTES_ON_WASM : MOST_BYTES;
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(limit / perRow)));
}

/** The names of all options, which the type requires to be complete. */
const OPTIONS: Readonly<Record<keyof GenerateOptions, true>> = {
  maxNewTokens: true,
  temperature: true,
  topK: true,
  topP: true,
  samples: true,
  seed: true,
  streams: true,
  stopToken: true,
  batchRows: true,
  lookahead: true,
  onToken: true,
  onProgress: true,
  signal: true,
};

function checkOptions(
  { configuration }: ModelParts,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
  samples: number,
): void {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(OPTIONS, option));
  if (unknown !== undefined) {
    throw new LanguageModelError(
      'invalid-option',
      `generate: ${unknown} is unknown; the options are ${Object.keys(OPTIONS).join(', ')}.`,
    );
  }
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
  prompts.forEach((prompt, index) => {
    const { length } = prompt;
    if (length === 0) {
      throw new LanguageModelError('invalid-tokens', `prompt ${index} is empty; give it at least one token.`);
    }
    checkTokens(prompt, configuration.vocabularySize, `prompt ${index}`);
    if (length + maxNewTokens > configuration.maxPositions) {
      throw new LanguageModelError(
        'invalid-tokens',
        `prompt ${index} has ${length} tokens, which with ${maxNewTokens} new ones is more than the model's ` +
          `${configuration.maxPositions} positions; truncate it or ask for fewer.`,
      );
    }
  });
}
