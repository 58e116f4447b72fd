import { GoldEvalError } from '../errors.js';
import { inParallel } from '../requests/in-parallel.js';
import type { ChatAnswer, ChatClient, ChatMessage } from './chat-client.js';

/** Options of `generateTexts`. */
export interface GenerateTextsOptions {
  /** Responses to each prompt; 1 by default. */
  readonly samples?: number;
  /** Sampling temperature; 1 by default. */
  readonly temperature?: number;
  /** Longest response, in tokens. */
  readonly maxTokens: number;
  /** Seed of sampling, for servers that have one. */
  readonly seed?: number;
  /** A system message; none by default. */
  readonly system?: string;
  /** Requests under way at once; 8 by default. */
  readonly concurrency?: number;
  /** Stops at once, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each prompt. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Lets a language model answer prompts: responses to compare with, or to learn from.
 *
 * @param prompts [n], each one message of a user
 * @returns [n][samples]; a response with the `finishReason` `length` was cut off at `maxTokens`
 * @throws {GoldEvalError} `invalid-option` for a number that is not an integer, or below 1
 * @throws what the client throws; answers that came before are in its cache
 * @example
 * const client: ChatClient = {
 *   specificationVersion: 'v1',
 *   name: 'parrot',
 *   identity: {},
 *   complete: async ([message]) => [{ text: message!.content, finishReason: 'stop' }],
 *   usage: () => ({ calls: 0, promptTokens: 0, completionTokens: 0, cached: 0 }),
 * };
 * const [[answer]] = await generateTexts(client, ['Hello'], { maxTokens: 53 });
 * console.log(answer.text); // Hello
 */
export async function generateTexts(
  client: ChatClient,
  prompts: readonly string[],
  options: GenerateTextsOptions,
): Promise<(readonly ChatAnswer[])[]> {
  const { samples = 1, temperature = 1, maxTokens, seed, system, concurrency = 8, signal } = options;
  for (const [name, value] of Object.entries({ samples, maxTokens })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new GoldEvalError('invalid-option', `${name} must be an integer ≥ 1, got ${value}.`);
  }
  const leading: ChatMessage[] = system ? [{ role: 'system', content: system }] : [];
  return inParallel(
    prompts,
    concurrency,
    (prompt) =>
      client.complete([...leading, { role: 'user', content: prompt }], {
        n: samples,
        temperature,
        maxTokens,
        signal,
        ...(seed !== undefined && { seed }),
      }),
    (done) => options.onProgress?.(done, prompts.length),
  );
}
