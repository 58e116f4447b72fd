import type { CausalLanguageModel } from '@ais/language-model';
import { fingerprintExamples, fingerprintParameters } from '../run/fingerprint.js';
import type { JsonObject } from '../run/json.js';
import { sum } from '../run/mean.js';
import { inParts, openPartialWork, type PartialWork } from '../run/partial-work.js';
import { requireWhole } from '../run/require-whole.js';
import { isOfShard, openShard, type Shard } from '../run/shards.js';

/** Options of `sampleResponses`. */
export interface SampleResponsesOptions {
  /** Responses per prompt; 1 by default. */
  readonly samples?: number;
  /** Most tokens of a response, the end-of-text token included. */
  readonly maxNewTokens: number;
  /** 1 by default: samples of the policy itself; 0 is greedy. */
  readonly temperature?: number;
  /** Draws among the k most probable tokens only. */
  readonly topK?: number;
  /** Draws among the fewest most probable tokens whose mass reaches p only. */
  readonly topP?: number;
  readonly seed: number;
  /** Keeps finished parts in this file, so that an interrupted call loses at most 512 responses. Remove it once the result is stored. */
  readonly path?: string;
  /**
   * What to do with a file that is already at `path`: resume from it, and fail if it is of other work (`true`), resume if it is of
   * this work and start over if not (`if-same`, the default), or start over (`false`).
   */
  readonly resume?: boolean | 'if-same';
  /** Recorded in the file and compared on resume, beyond the model, the prompts, and the options above. */
  readonly inputs?: JsonObject;
  readonly signal?: AbortSignal;
  /** Told of finished responses, out of all. */
  readonly onProgress?: (completed: number, total: number) => void;
}

/** A sampled response. */
export interface ResponseSample {
  /** Without the prompt; the last one is the end-of-text token if `finished`. */
  readonly tokens: number[];
  /** Summed log π of the tokens at temperature 1, in nats; the log-probability of drawing them if nothing else was asked for. */
  readonly logProb: number;
  /** Whether it ended by itself. */
  readonly finished: boolean;
}

/** Responses in a part: what an interruption may lose. */
const PART_RESPONSES = 512;

type StoredSample = { readonly [key in keyof ResponseSample]: ResponseSample[key] };

/**
 * Samples responses to many prompts, in parts that survive an interruption.
 *
 * Each response has its own random stream, derived from the seed, its prompt's index, and its number, so parts change
 * nothing but the rounding of the logits. Prompts go longest first: memory peaks at once, and little is padded.
 *
 * @param model whose samples they are
 * @param prompts [n], tokens
 * @returns [n][samples]
 * @throws {TrainerError} `invalid-option` for `samples` that are not an integer, or below 1
 * @throws {ConfigurationMismatch} if `resume` is true and the file is of other work, naming the input that differs
 * @throws {FileError} `disk-full`, `not-writable`
 * @throws the signal's reason when it aborts
 * @example
 * const samples = await sampleResponses(policy, prompts, { samples: 2, maxNewTokens: 53, seed: 1 });
 */
export async function sampleResponses(
  model: Pick<CausalLanguageModel, 'generate' | 'parameters'>,
  prompts: readonly (readonly number[])[],
  options: SampleResponsesOptions,
): Promise<ResponseSample[][]> {
  const { parts, streamsOf } = await sampledParts(model, prompts, options);
  const { samples = 1 } = options;
  const responses: ResponseSample[][] = prompts.map(() => []);
  parts.forEach((found, part) => {
    streamsOf(part).forEach((index, row) => {
      responses[index] = found.slice(row * samples, (row + 1) * samples);
    });
  });
  return responses;
}

/**
 * Samples one shard's share of what `sampleResponses` would, into `<path>.shard-i-of-n`. Once all shards are there, `mergeShards`
 * puts them together, and `sampleResponses` with the same path and options returns them.
 *
 * @returns responses that are sampled
 * @throws as `sampleResponses`
 * @example
 * const options = { samples: 2, maxNewTokens: 53, seed: 1, path: 'responses' };
 * const sampled = () => sampleResponseShard(policy, prompts, { ...options, shard: { index: 1, count: 2 } });
 */
export async function sampleResponseShard(
  model: Pick<CausalLanguageModel, 'generate' | 'parameters'>,
  prompts: readonly (readonly number[])[],
  options: SampleResponsesOptions & { readonly path: string; readonly shard: Shard },
): Promise<number> {
  const { parts } = await sampledParts(model, prompts, options, options.shard);
  return parts.flat().length;
}

/** Samples parts, all or those of a shard. */
async function sampledParts(
  model: Pick<CausalLanguageModel, 'generate' | 'parameters'>,
  prompts: readonly (readonly number[])[],
  options: SampleResponsesOptions,
  shard?: Shard,
): Promise<{
  readonly parts: readonly (readonly StoredSample[])[];
  /** The prompts of a part, by their places. */
  readonly streamsOf: (part: number) => readonly number[];
}> {
  const { samples = 1, maxNewTokens, temperature = 1, topK, topP, seed, signal } = options;
  requireWhole('samples', samples, 1);
  const sampling = {
    samples,
    maxNewTokens,
    temperature,
    seed,
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
  };
  const order = [...prompts.keys()].sort(
    (a, b) => (prompts[b]?.length ?? 0) - (prompts[a]?.length ?? 0) || a - b,
  );
  const size = Math.max(1, Math.ceil(PART_RESPONSES / samples));
  const streamsOf = (part: number): number[] => order.slice(part * size, (part + 1) * size);
  const count = Math.ceil(order.length / size);
  const isOurs = (part: number): boolean => !shard || isOfShard(part, shard);
  const ours = Array.from({ length: count }, (_, part) => part).filter(isOurs);
  const total = samples * sum(ours.map((part) => streamsOf(part).length));

  const work = await openWork(model, prompts, sampling, options, shard && { shard, count });
  const parts = await inParts(
    work,
    count,
    async (part) => {
      const streams = streamsOf(part);
      const before = samples * sum(ours.slice(0, ours.indexOf(part)).map((own) => streamsOf(own).length));
      const generations = await model.generate(
        streams.map((index) => prompts[index] ?? []),
        {
          ...sampling,
          streams,
          ...(signal && { signal }),
          onProgress: ({ finishedResponses }) => options.onProgress?.(before + finishedResponses, total),
        },
      );
      return generations.map(({ tokens, logProbs, finished }) => ({
        tokens,
        logProb: sum(logProbs),
        finished,
      }));
    },
    isOurs,
  );
  return { parts, streamsOf };
}

async function openWork(
  model: Pick<CausalLanguageModel, 'parameters'>,
  prompts: readonly (readonly number[])[],
  sampling: JsonObject,
  { path, resume = 'if-same', inputs }: SampleResponsesOptions,
  share: { readonly shard: Shard; readonly count: number } | undefined,
): Promise<PartialWork<readonly StoredSample[]>> {
  if (path === undefined) return { done: new Map(), keep: async () => {}, close: async () => {} };
  const work = {
    ...inputs,
    model: await fingerprintParameters(model.parameters),
    prompts: fingerprintExamples(prompts),
    sampling,
  };
  return share ? openShard(path, work, share.shard, share.count) : openPartialWork(path, work, resume);
}
