import type { ChatAnswer } from './chat-client.js';

/**
 * Keeps answers by the content of their request, so that nothing is asked twice.
 *
 * Keys are SHA-256 hashes of the endpoint, the model, the messages, and all parameters.
 */
export interface AnswerCache {
  get(key: string): Promise<readonly ChatAnswer[] | undefined>;
  /** @param request the body that was sent, for people who look into the cache */
  set(key: string, answers: readonly ChatAnswer[], request: unknown): Promise<void>;
}

/**
 * A cache for the life of the process.
 *
 * @example
 * const cache = memoryCache();
 * await cache.set('key', [{ text: 'Yes.', finishReason: 'stop' }], {});
 * console.log((await cache.get('key'))?.length); // 1
 */
export function memoryCache(): AnswerCache {
  const entries = new Map<string, readonly ChatAnswer[]>();
  return {
    get: async (key) => entries.get(key),
    set: async (key, answers) => {
      entries.set(key, answers);
    },
  };
}
