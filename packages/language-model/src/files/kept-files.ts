/** The cache of this package in a browser, as its developer tools show it. */
export const CACHE_NAME = 'ais-models';

/** What says whether a file on a server is still the one that was fetched. */
const VALIDATORS = ['etag', 'last-modified', 'content-length'] as const;
/** What is kept of an answer besides its body. */
const KEPT_HEADERS: readonly string[] = [...VALIDATORS, 'content-type'];

/**
 * Files that a browser has fetched, by address, in its Cache Storage. Pages that are not secure have none, nor has Node.
 *
 * @see docs/decisions/browser-files.md
 */
export interface KeptFiles {
  find(url: string): Promise<Response | undefined>;
  /** Keeps a body whole or not at all, and gives it back as a blob that stays on disk; undefined if there is no room. */
  keep(url: string, body: ReadableStream<Uint8Array>, headers: Headers): Promise<Blob | undefined>;
}

/** @returns undefined where there is no Cache Storage, or it may not be used */
export async function openKeptFiles(): Promise<KeptFiles | undefined> {
  const storage = (globalThis as { caches?: CacheStorage }).caches;
  const cache = await storage?.open(CACHE_NAME).catch(() => undefined);
  if (cache === undefined) return undefined;
  return {
    find: (url) => cache.match(url),
    async keep(url, body, headers) {
      try {
        await cache.put(url, new Response(body, { headers: headersToKeep(headers) }));
      } catch (error) {
        if ((error as { name?: unknown }).name === 'QuotaExceededError') return undefined;
        throw error;
      }
      return (await cache.match(url))?.blob();
    },
  };
}

/** Whether an answer to HEAD is about the file that is kept, as far as the server's headers may be read. */
export function isUnchanged(kept: Headers, now: Headers): boolean {
  return VALIDATORS.every((name) => {
    const [before, after] = [kept.get(name), now.get(name)];
    return before === null || after === null || before === after;
  });
}

/** The bytes that are to come; undefined if the server does not say, or sends them compressed. */
export function expectedBytes(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? undefined : Number(length);
}

function headersToKeep(headers: Headers): Headers {
  const kept = new Headers();
  for (const name of KEPT_HEADERS) {
    const value = headers.get(name);
    // Of a compressed body, this is another number.
    if (name === 'content-length' && expectedBytes(headers) === undefined) continue;
    if (value !== null) kept.set(name, value);
  }
  return kept;
}
