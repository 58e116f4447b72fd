/** The cache of this package in a browser, as its developer tools show it. */
const CACHE_NAME = 'ais-models';

/** What says whether a file on a server is still the one that was fetched. */
const VALIDATORS = ['etag', 'last-modified', 'content-length'] as const;
/** What is kept of an answer besides its body. */
const KEPT_HEADERS: readonly string[] = [...VALIDATORS, 'content-type'];

/** Marks what is kept of an address where there was no file, so that it is known without the server too. */
const ABSENT = 'x-ais-absent';

/**
 * Files that a browser has fetched, by address, in its Cache Storage. Pages that are not secure have none, nor has Node.
 *
 * @see docs/decisions/browser-files.md
 */
export interface KeptFiles {
  find(url: string): Promise<Response | undefined>;
  /** Keeps a body whole or not at all, and gives it back as a blob that stays on disk; undefined if there is no room. */
  keep(url: string, body: ReadableStream<Uint8Array>, headers: Headers): Promise<Blob | undefined>;
  /** Remembers that there is no such file, and drops the one that was kept before. */
  keepAbsence(url: string): Promise<void>;
}

/** Whether what is kept says that there was no file. */
export function isAbsence(kept: Response): boolean {
  return kept.headers.has(ABSENT);
}

/** @returns undefined where there is no Cache Storage, or it may not be used */
export async function openKeptFiles(): Promise<KeptFiles | undefined> {
  const storage = (globalThis as { caches?: CacheStorage }).caches;
  const cache = await storage?.open(CACHE_NAME).catch(() => undefined);
  if (cache === undefined) return undefined;
  /** @returns false if there is no room */
  const put = async (url: string, response: Response): Promise<boolean> => {
    try {
      await cache.put(url, response);
      return true;
    } catch (error) {
      if ((error as { name?: unknown }).name === 'QuotaExceededError') return false;
      throw error;
    }
  };
  return {
    find: (url) => cache.match(url),
    async keep(url, body, headers) {
      const isKept = await put(url, new Response(body, { headers: headersToKeep(headers) }));
      return isKept ? (await cache.match(url))?.blob() : undefined;
    },
    async keepAbsence(url) {
      await put(url, new Response('', { headers: { [ABSENT]: '1' } }));
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
