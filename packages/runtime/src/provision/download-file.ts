import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { sha256OfFile } from '../files/sha256.js';
import { splitCredentials } from './credentials.js';
import { explaining, failure, TransientError } from './failures.js';

export interface DownloadOptions {
  readonly url: string;
  /** Where the complete, verified file goes; what is still incomplete lies beside it as `.part`. */
  readonly destination: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (completed: number, total: number) => void;
  /** Milliseconds without a byte after which an attempt is given up. */
  readonly stallTimeout?: number;
  /** Milliseconds before the second attempt; each later pause is twice as long. */
  readonly firstPause?: number;
  readonly attempts?: number;
}

/**
 * Downloads a file of known content, going on from where an earlier attempt or process stopped (HTTP ranges).
 *
 * A server that knows no ranges, or a body that ends early, costs time, never correctness: the file appears
 * under its name only when its SHA-256 is right.
 *
 * @throws {NativeInstallError} `download-failed`, `wrong-hash`, `wheel-not-found`
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { url, destination, sha256, signal, firstPause = 500, attempts = 5 } = options;
  const part = `${destination}.part`;
  let resumed = (await sizeOf(part)) > 0;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      await explaining(part, () => fetchRest(options, part));
      const actual = await sha256OfFile(part, { signal });
      if (actual === sha256) {
        await explaining(destination, () => rename(part, destination));
        return;
      }
      await rm(part, { force: true });
      // What an interrupted run left may be at fault: start over once.
      if (resumed) {
        resumed = false;
        continue;
      }
      throw failure(
        'wrong-hash',
        `The download of ${splitCredentials(url).url} has SHA-256 ${actual} where ${sha256} is expected, so it was deleted. The index or a proxy serves another file: use another one with --index-url, or give the right file with --wheel FILE.`,
      );
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TransientError)) throw error;
      if (attempt >= attempts) {
        throw failure(
          'download-failed',
          `The download of ${splitCredentials(url).url} failed ${attempts} times, at last because ${error.message}. Run this again to continue where it stopped, or give the file with --wheel FILE.`,
          error,
        );
      }
      await wait(firstPause * 2 ** (attempt - 1), undefined, signal ? { signal } : {});
    }
  }
}

async function fetchRest(options: DownloadOptions, part: string): Promise<void> {
  const { url, bytes, headers = {}, signal, onProgress, stallTimeout = 30_000 } = options;
  let start = await sizeOf(part);
  if (start > bytes) {
    await rm(part, { force: true });
    start = 0;
  }
  if (start === bytes) return;

  const address = splitCredentials(url);
  const stalled = new AbortController();
  const stall = (): void => stalled.abort(new TransientError(`nothing arrived for ${stallTimeout / 1000} s`));
  let timer = setTimeout(stall, stallTimeout);
  const either = AbortSignal.any([stalled.signal, ...(signal ? [signal] : [])]);
  try {
    const response = await fetch(address.url, {
      headers: { ...address.headers, ...headers, ...(start > 0 ? { range: `bytes=${start}-` } : {}) },
      signal: either,
    }).catch((error: unknown) => {
      throw either.aborted ? either.reason : new TransientError(describeNetwork(error), { cause: error });
    });
    start = await acceptResponse(response, start, part, url);
    let completed = start;
    onProgress?.(completed, bytes);
    let interruption: unknown;
    const arriving = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of body) {
          clearTimeout(timer);
          timer = setTimeout(stall, stallTimeout);
          completed += chunk.byteLength;
          onProgress?.(completed, bytes);
          yield chunk;
        }
      } catch (error) {
        // The file is closed in order, so that the next attempt goes on from all that came.
        interruption = error;
      }
    };
    const body = response.body as Parameters<typeof Readable.fromWeb>[0] | null;
    if (!body) throw new TransientError('the answer has no body');
    await pipeline(
      arriving(Readable.fromWeb(body, { signal: either })),
      createWriteStream(part, { flags: start > 0 ? 'a' : 'w' }),
    );
    if (either.aborted) throw either.reason;
    if (interruption) throw new TransientError(describeNetwork(interruption), { cause: interruption });
    if (completed < bytes) throw new TransientError(`it ended after ${completed} of ${bytes} bytes`);
  } finally {
    clearTimeout(timer);
  }
}

/** Checks the answer; returns the offset at which its body starts. */
async function acceptResponse(response: Response, start: number, part: string, url: string): Promise<number> {
  const { status } = response;
  if (status === 206) {
    const offset = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (Number(offset) === start) return start;
  }
  if (status === 200) return 0;
  await response.body?.cancel();
  if (status === 206 || status === 416) {
    await rm(part, { force: true });
    throw new TransientError('the server answered with another range than the one asked for');
  }
  if (status === 404 || status === 410) {
    throw failure(
      'wheel-not-found',
      `${splitCredentials(url).url} does not exist (HTTP ${status}). Use another index with --index-url, or give the file with --wheel FILE.`,
    );
  }
  if (status === 401 || status === 403) {
    throw failure(
      'download-failed',
      `${splitCredentials(url).url} may not be read (HTTP ${status}). Put credentials into the index URL, or give the file with --wheel FILE.`,
    );
  }
  throw new TransientError(`the server answered with HTTP ${status}`);
}

async function sizeOf(path: string): Promise<number> {
  const information = await stat(path).catch(() => undefined);
  return information?.isFile() ? information.size : 0;
}

/** What `fetch` hides in its error's cause. */
export function describeNetwork(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : error.message;
}
