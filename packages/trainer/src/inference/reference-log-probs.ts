import { rm } from 'node:fs/promises';
import type { Examples, TokenizedPair } from '@ais/data';
import type { CausalLanguageModel, PairTokens } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { LONGEST_TEXT, readText, sha256, writeWhole } from '@ais/runtime/files';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { byFirst } from '../group/leading.js';
import { alone, type ProcessGroup } from '../group/process-group.js';
import { fingerprintExamples, fingerprintParameters } from '../run/fingerprint.js';
import { sum } from '../run/mean.js';
import { openPartialWork, type PartialWork, partialPath } from '../run/partial-work.js';
import { requirePairResponses } from '../run/require-responses.js';
import { requireWhole } from '../run/require-whole.js';
import { isOfShard, mergeShards, openShard, type Shard, shardsBeside } from '../run/shards.js';
import { chunksByLength, type Indexed, itemsAt, longestFirst } from './length-chunks.js';
import { nextTurn } from './next-turn.js';
import { type StoredLogProbs, tokenPlaces } from './pick-log-probs.js';
import { requireFinite } from './require-finite.js';

/** Summed log-probabilities of a fixed model (the reference, or the policy that made the data) for every pair. */
export interface ReferenceLogProbs extends StoredLogProbs {
  /** What they were computed from. */
  readonly fingerprint: {
    /** SHA-256 of the model's parameters. */
    readonly model: string;
    /** SHA-256 of the pairs' tokens, and so of the template too. */
    readonly data: string;
  };
  /**
   * Computes those of some pairs, where they are computed as they are needed: those not asked for yet are NaN. Absent where all are
   * there.
   */
  ensure?(indices: readonly number[], signal?: AbortSignal): Promise<void>;
}

/** Options of `computeReferenceLogProbs`. */
export interface ReferenceLogProbsOptions {
  /** Pairs in memory at once: give the training's, so that rounding is the same there. */
  readonly microBatchSize: number;
  /** A file to keep them in: read if it exists and fits, written otherwise. */
  readonly path?: string;
  /** Whether the log-probability of each token is kept too, for objectives with `requires.tokens`; false by default. */
  readonly tokens?: boolean;
  /** Processes that all need them: rank 0 computes and keeps them, and gives them to the others. One process by default. */
  readonly group?: ProcessGroup;
  readonly signal?: AbortSignal;
  readonly onProgress?: (completed: number, total: number) => void;
}

/**
 * Computes log π_ref(y|x) of every chosen and rejected response, once, by the code that training uses.
 *
 * @param model the reference
 * @param pairs the training pairs, in their order
 * @param options with a `path`, what an interrupted call has computed is kept beside it, and the next one resumes; shards of it
 *   that `computeReferenceShard` left there are put together
 * @returns values and the fingerprint of model and data
 * @throws {TrainerError} `reference-mismatch` where the file at `path` was made from another model or other data, or is damaged
 * @throws {TrainerError} `invalid-option` for a `microBatchSize` that is not an integer, or below 1, and naming a pair with an empty
 *   response
 * @throws {TrainerError} `invalid-shards`, {ConfigurationMismatch} for shards beside the path that are not all there, or of other work
 * @throws the signal's reason when it aborts
 * @example
 * const logProbs = await computeReferenceLogProbs(reference, pairs, { microBatchSize: 2 });
 * console.log(logProbs.chosen.length); // 2
 */
export async function computeReferenceLogProbs(
  model: Pick<CausalLanguageModel, 'parameters' | 'responseLogProbs'>,
  pairs: Examples<TokenizedPair>,
  options: ReferenceLogProbsOptions,
): Promise<ReferenceLogProbs> {
  const { group = alone, ...own } = options;
  if (group.size === 1) return computeByItself(model, pairs, own);
  let computed: ReferenceLogProbs | undefined;
  const fingerprint = await byFirst(group, async () => {
    computed = await computeByItself(model, pairs, own);
    return computed.fingerprint;
  });
  const places = options.tokens ? tokenPlaces(pairs) : undefined;
  const shared = async (values: Float32Array | undefined, length: number): Promise<Float32Array> => {
    const sent = values?.slice() ?? new Float32Array(length);
    await group.broadcast(new Uint8Array(sent.buffer));
    return sent;
  };
  const chosen = await shared(computed?.chosen, pairs.length);
  const rejected = await shared(computed?.rejected, pairs.length);
  if (!places) return { chosen, rejected, fingerprint };
  const tokens = {
    chosen: await shared(computed?.tokens?.chosen, places.chosen.at(-1) ?? 0),
    rejected: await shared(computed?.tokens?.rejected, places.rejected.at(-1) ?? 0),
  };
  return { chosen, rejected, tokens, fingerprint };
}

async function computeByItself(
  model: Pick<CausalLanguageModel, 'parameters' | 'responseLogProbs'>,
  pairs: Examples<TokenizedPair>,
  options: Omit<ReferenceLogProbsOptions, 'group'>,
): Promise<ReferenceLogProbs> {
  const { microBatchSize, path, tokens = false } = options;
  requireWhole('microBatchSize', microBatchSize, 1);
  requirePairResponses(pairs);
  const fingerprint = {
    model: await fingerprintParameters(model.parameters),
    data: fingerprintExamples(pairs),
  };
  const stored = path === undefined ? undefined : await readReferenceLogProbs(path);
  if (path !== undefined && stored) {
    requireFingerprint(
      stored,
      fingerprint,
      path,
      'Give the ones that they were computed with, or remove the file to compute them again.',
    );
    // A file without tokens was written for an objective that reads none.
    if (stored.tokens || !tokens) {
      // A process that was killed when the whole was written has left the parts.
      await rm(partialPath(path), { force: true });
      return stored;
    }
  }
  if (path === undefined) return { ...(await pairLogProbs(model, pairs, options)), fingerprint };
  const kept = partialPath(path);
  const isSharded = (await shardsBeside(path)).length > 0;
  if (isSharded) await mergeShards(path);
  const inputs = workInputs(fingerprint, options);
  const partial = await openPartialWork<readonly number[]>(kept, inputs, isSharded ? true : 'if-same');
  try {
    const computed = { ...(await pairLogProbs(model, pairs, options, partial)), fingerprint };
    await writeReferenceLogProbs(path, computed);
    await rm(kept, { force: true });
    return computed;
  } finally {
    await partial.close();
  }
}

/**
 * The same log-probabilities, computed as they are needed: a step's `ensure` computes the batches that its pairs are in, and keeps them
 * beside the path. They are the batches of `computeReferenceLogProbs`, so the digits are the same; once all are done, the file at
 * the path is, too.
 *
 * For pairs of which a run meets a part, or whose first step should not wait for the last pair.
 *
 * @returns values with `ensure`, where not all are in the file already; `close` is to be called when no more are needed
 * @throws {TrainerError} as `computeReferenceLogProbs`
 * @example
 * const logProbs = await openReferenceLogProbs(reference, pairs, { microBatchSize: 2, path: 'opened.json' });
 * await logProbs.ensure?.([0]);
 * console.log(Number.isFinite(logProbs.chosen[0])); // true
 * await logProbs.close();
 */
export async function openReferenceLogProbs(
  model: Pick<CausalLanguageModel, 'parameters' | 'responseLogProbs'>,
  pairs: Examples<TokenizedPair>,
  options: Omit<ReferenceLogProbsOptions, 'group'> & { readonly path: string },
): Promise<ReferenceLogProbs & { close(): Promise<void> }> {
  const { microBatchSize, path, tokens: wanted = false } = options;
  const isThere = (await readReferenceLogProbs(path)) !== undefined || (await shardsBeside(path)).length > 0;
  if (isThere) return { ...(await computeByItself(model, pairs, options)), close: async () => {} };

  requireWhole('microBatchSize', microBatchSize, 1);
  requirePairResponses(pairs);
  const fingerprint = {
    model: await fingerprintParameters(model.parameters),
    data: fingerprintExamples(pairs),
  };
  const kept = partialPath(path);
  const partial = await openPartialWork<readonly number[]>(kept, workInputs(fingerprint, options), 'if-same');
  const order = longestFirst(pairs, pairTokens);
  const batchOf = new Uint32Array(pairs.length);
  for (const [place, index] of order.entries()) batchOf[index] = Math.floor(place / microBatchSize);
  const values = emptyLogProbs(pairs, wanted);
  const isDone = new Uint8Array(Math.ceil(pairs.length / microBatchSize));
  let left = isDone.length;
  const itemsOf = (batch: number): Indexed<TokenizedPair>[] =>
    itemsAt(pairs, order.subarray(batch * microBatchSize, (batch + 1) * microBatchSize));
  const put = (batch: number, items: readonly Indexed<TokenizedPair>[], found: readonly number[]): void => {
    putBatch(values, items, found);
    isDone[batch] = 1;
    left -= 1;
  };
  for (const [batch, found] of partial.done) put(batch, itemsOf(batch), found);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await partial.close();
    isOpen = false;
  };
  return {
    ...values.logProbs,
    fingerprint,
    close,
    async ensure(indices, signal) {
      for (const batch of new Set(indices.map((index) => batchOf[index] ?? 0))) {
        if (isDone[batch] === 1) continue;
        await nextTurn();
        signal?.throwIfAborted();
        const items = itemsOf(batch);
        const found = await finiteLogProbs(model, items, wanted);
        await partial.keep(batch, found);
        put(batch, items, found);
      }
      if (left > 0 || !isOpen) return;
      await writeReferenceLogProbs(path, { ...values.logProbs, fingerprint });
      await close();
      await rm(kept, { force: true });
    },
  };
}

/**
 * Computes one shard's share of what `computeReferenceLogProbs` would, into `<path>.shard-i-of-n`. Once all shards are there, the
 * latter puts them together, and computes nothing.
 *
 * @returns pairs whose log-probabilities are computed
 * @throws {TrainerError} `invalid-option` for a `microBatchSize` that is not an integer, or below 1, and naming a pair with an empty
 *   response
 * @throws the signal's reason when it aborts
 * @example
 * const share = { microBatchSize: 2, path: 'shared.json' };
 * for (const index of [1, 2]) await computeReferenceShard(reference, pairs, { ...share, shard: { index, count: 2 } });
 * console.log((await computeReferenceLogProbs(reference, pairs, share)).chosen.length); // 2
 */
export async function computeReferenceShard(
  model: Pick<CausalLanguageModel, 'parameters' | 'responseLogProbs'>,
  pairs: Examples<TokenizedPair>,
  options: ReferenceLogProbsOptions & { readonly path: string; readonly shard: Shard },
): Promise<number> {
  const { microBatchSize, path, shard } = options;
  requireWhole('microBatchSize', microBatchSize, 1);
  requirePairResponses(pairs);
  const fingerprint = {
    model: await fingerprintParameters(model.parameters),
    data: fingerprintExamples(pairs),
  };
  const parts = Math.ceil(pairs.length / microBatchSize);
  const work = await openShard<readonly number[]>(path, workInputs(fingerprint, options), shard, parts);
  try {
    await pairLogProbs(model, pairs, options, work, (part) => isOfShard(part, shard));
    const own = Array.from({ length: parts }, (_, part) => part).filter((part) => isOfShard(part, shard));
    // The last part may be smaller.
    return sum(own.map((part) => Math.min(microBatchSize, pairs.length - part * microBatchSize)));
  } finally {
    await work.close();
  }
}

/** What the batches depend on. */
function workInputs(
  fingerprint: ReferenceLogProbs['fingerprint'],
  { microBatchSize, tokens = false }: ReferenceLogProbsOptions,
) {
  return { ...fingerprint, microBatchSize, backend: tf.getBackend(), ...(tokens && { tokens }) };
}

/**
 * log π(y|x) of both responses of each pair, without gradient, in batches of pairs of similar length.
 *
 * @param partial holds the batches that are done already, chosen before rejected, tokens after both, and is given the others
 * @param isOurs which batches to compute; what the others would give stays NaN
 * @returns [pairs] each, and [tokens] each if asked for, nats, in the order given
 */
export async function pairLogProbs(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  pairs: Examples<PairTokens>,
  options: Omit<ReferenceLogProbsOptions, 'path' | 'group'>,
  partial?: PartialWork<readonly number[]>,
  isOurs: (batch: number) => boolean = () => true,
): Promise<StoredLogProbs> {
  const { microBatchSize, tokens: wanted = false, signal, onProgress } = options;
  const values = emptyLogProbs(pairs, wanted);
  let completed = 0;
  let number = 0;
  for await (const chunk of chunksByLength(pairs, pairTokens, microBatchSize, signal, 'microBatchSize')) {
    completed += chunk.length;
    const batch = number++;
    if (!isOurs(batch)) continue;
    const known = partial?.done.get(batch);
    if (known) requireFiniteLogProbs(known, chunk);
    const found = known ?? (await finiteLogProbs(model, chunk, wanted));
    if (!known) await partial?.keep(batch, found);
    putBatch(values, chunk, found);
    onProgress?.(completed, pairs.length);
  }
  return values.logProbs;
}

/** Log-probabilities that are being put together, and where those of tokens go. */
interface OpenLogProbs {
  readonly logProbs: StoredLogProbs;
  readonly places: ReturnType<typeof tokenPlaces>;
}

function emptyLogProbs(pairs: Examples<PairTokens>, tokens: boolean): OpenLogProbs {
  const places = tokenPlaces(tokens ? pairs : []);
  const unknown = (length: number): Float32Array => new Float32Array(length).fill(Number.NaN);
  return {
    places,
    logProbs: {
      chosen: unknown(pairs.length),
      rejected: unknown(pairs.length),
      ...(tokens && {
        tokens: {
          chosen: unknown(places.chosen.at(-1) ?? 0),
          rejected: unknown(places.rejected.at(-1) ?? 0),
        },
      }),
    },
  };
}

/** Puts the values of a batch where its pairs have theirs. */
function putBatch(
  { logProbs: { chosen, rejected, tokens }, places }: OpenLogProbs,
  batch: readonly Indexed<PairTokens>[],
  values: readonly number[],
): void {
  batch.forEach(({ index }, row) => {
    chosen[index] = values[row] ?? Number.NaN;
    rejected[index] = values[batch.length + row] ?? Number.NaN;
  });
  let from = 2 * batch.length;
  for (const side of tokens ? (['chosen', 'rejected'] as const) : []) {
    for (const { index, item } of batch) {
      if (tokens) tokens[side].set(values.slice(from, from + item[side].length), places[side][index]);
      from += item[side].length;
    }
  }
}

async function finiteLogProbs(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  batch: readonly Indexed<PairTokens>[],
  tokens: boolean,
): Promise<number[]> {
  const items = batch.map(({ item }) => item);
  const values = [...(await batchLogProbs(model, items, tokens))];
  requireFiniteLogProbs(values, batch);
  return values;
}

function requireFiniteLogProbs(values: readonly number[], batch: readonly Indexed<PairTokens>[]): void {
  const items = batch.map(({ item }) => item);
  requireFinite(values.slice(0, 2 * items.length), 'log π(y|x)', (row) => nameOf(items, row % items.length));
}

function nameOf(pairs: readonly (PairTokens & { readonly id?: string })[], index: number): string {
  return `pair ${JSON.stringify(pairs[index]?.id ?? index)}`;
}

/** Of the chosen responses, then of the rejected ones, then, if asked for, of the tokens of either. */
async function batchLogProbs(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  pairs: readonly PairTokens[],
  tokens: boolean,
): Promise<Float32Array> {
  const both = tf.tidy(() => {
    if (!tokens) {
      const { chosen, rejected } = model.responseLogProbs(pairs);
      return tf.concat([chosen, rejected]);
    }
    const found = model.responseLogProbs(pairs, { tokens });
    return tf.concat([found.chosen, found.rejected, found.chosenTokens, found.rejectedTokens]);
  });
  const values = await both.data<'float32'>();
  both.dispose();
  return values;
}

/**
 * Checks that stored log-probabilities belong to a model and to data.
 *
 * @param place named in the message
 * @throws {TrainerError} `reference-mismatch`
 */
function requireFingerprint(
  { fingerprint }: ReferenceLogProbs,
  expected: Partial<ReferenceLogProbs['fingerprint']>,
  place: string,
  remedy = 'Compute them again for this run.',
): void {
  for (const key of ['model', 'data'] as const) {
    if (expected[key] === undefined || expected[key] === fingerprint[key]) continue;
    const what = key === 'model' ? 'another model' : 'other pairs';
    throw new TrainerError(
      'reference-mismatch',
      `${place}: the log-probabilities were computed with ${what} ` +
        `(${fingerprint[key].slice(0, 12)}…, not ${expected[key]?.slice(0, 12)}…). ${remedy}`,
    );
  }
}

/**
 * Checks that log-probabilities belong to a model and to pairs, and that every pair has finite ones.
 *
 * @param place named in the message
 * @throws {TrainerError} `reference-mismatch`, naming the first pair that lacks one
 */
export function requireLogProbs(
  values: ReferenceLogProbs,
  pairs: Examples<TokenizedPair>,
  expected: Partial<ReferenceLogProbs['fingerprint']>,
  place: string,
): void {
  requireFingerprint(values, expected, place);
  const { chosen, rejected } = values;
  if (values.ensure) return;
  for (let index = 0; index < pairs.length; index++) {
    const lacking = [chosen[index], rejected[index]].filter((value) => !Number.isFinite(value));
    if (lacking.length === 0) continue;
    const id = JSON.stringify(pairs.at(index)?.id);
    throw new TrainerError(
      'reference-mismatch',
      `${place}: the log-probability of pair ${id} is ${lacking[0] ?? 'missing'}. Every pair needs finite ones.`,
    );
  }
}

/**
 * The reference's log-probabilities if an objective reads them; nothing if it does not.
 *
 * @throws {TrainerError} `missing-reference` if it reads them and there are none, or reads tokens and there are sums alone
 */
export function readableReference(
  { name, requires }: Pick<Objective, 'name' | 'requires'>,
  reference: ReferenceLogProbs | undefined,
): ReferenceLogProbs | undefined {
  if (!requires.reference) return undefined;
  if (reference && (reference.tokens || !requires.tokens)) return reference;
  throw new TrainerError(
    'missing-reference',
    reference
      ? `The objective "${name}" reads the reference's log-probability of each token. Compute them with computeReferenceLogProbs and tokens: true.`
      : `The objective "${name}" reads the reference's log-probabilities. Compute them with computeReferenceLogProbs.`,
  );
}

/** The tokens that a model reads for a pair: the prompt once, and both responses. */
export function pairTokens({ prompt, chosen, rejected }: PairTokens): number {
  return prompt.length + chosen.length + rejected.length;
}

interface StoredFile {
  readonly format: 1;
  readonly fingerprint: ReferenceLogProbs['fingerprint'];
  /** SHA-256 over both arrays. */
  readonly sha256: string;
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
  /** Base64 of little-endian float32: there are many. */
  readonly tokens?: { readonly chosen: string; readonly rejected: string };
}

async function writeReferenceLogProbs(path: string, values: ReferenceLogProbs): Promise<void> {
  const { chosen, rejected, tokens, fingerprint } = values;
  const content: StoredFile = {
    format: 1,
    fingerprint,
    sha256: hashValues(chosen, rejected, ...(tokens ? [tokens.chosen, tokens.rejected] : [])),
    chosen: [...chosen],
    rejected: [...rejected],
    ...(tokens && { tokens: { chosen: toBase64(tokens.chosen), rejected: toBase64(tokens.rejected) } }),
  };
  await writeWhole(path, `${JSON.stringify(content)}\n`);
}

/**
 * Reads what `computeReferenceLogProbs` has left in a file.
 *
 * @returns undefined if there is no file
 * @throws {TrainerError} `reference-mismatch` where it is damaged
 * @example
 * await computeReferenceLogProbs(reference, pairs, { microBatchSize: 2, path: 'reference.json' });
 * const stored = await readReferenceLogProbs('reference.json');
 * console.log(stored?.chosen.length); // 2
 */
export async function readReferenceLogProbs(path: string): Promise<ReferenceLogProbs | undefined> {
  const damaged = (cause?: unknown): TrainerError =>
    new TrainerError('reference-mismatch', `${path} is damaged. Remove it to compute it again.`, {
      cause,
    });
  let content: string;
  try {
    content = await readText(path, LONGEST_TEXT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stored = JSON.parse(content) as StoredFile;
    // `Float32Array.from` would take { length: 1e9 } for as many numbers.
    if (![stored.chosen, stored.rejected].every(Array.isArray)) throw damaged();
    const chosen = Float32Array.from(stored.chosen);
    const rejected = Float32Array.from(stored.rejected);
    if (
      stored.tokens &&
      ![stored.tokens.chosen, stored.tokens.rejected].every((each) => typeof each === 'string')
    )
      throw damaged();
    const tokens = stored.tokens && {
      chosen: fromBase64(stored.tokens.chosen),
      rejected: fromBase64(stored.tokens.rejected),
    };
    const parts = [chosen, rejected, ...(tokens ? [tokens.chosen, tokens.rejected] : [])];
    if (hashValues(...parts) !== stored.sha256) throw damaged();
    return { chosen, rejected, ...(tokens && { tokens }), fingerprint: stored.fingerprint };
  } catch (error) {
    throw error instanceof TrainerError ? error : damaged(error);
  }
}

function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function fromBase64(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}

function hashValues(...arrays: readonly Float32Array[]): string {
  const bytes = arrays.map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  return sha256(Buffer.concat(bytes));
}
