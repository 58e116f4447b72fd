import type { DownloadProgress } from '@ais/runtime/hub';
import { CheckpointError } from '../errors.js';
import { expectedBytes, isAbsence, isUnchanged, type KeptFiles } from './kept-files.js';
import { refusal, unreachable, wrongContent } from './web-errors.js';

export interface FetchOptions {
  /** Where files are kept between visits; undefined for nowhere. */
  readonly kept: KeptFiles | undefined;
  /** Ask no server: what is not kept is an error. */
  readonly offline?: boolean | undefined;
  /** Sent to the server as `Authorization: Bearer …`. */
  readonly token?: string | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A commit in an address: what lies there does not change. */
const COMMIT = /\/[0-9a-f]{40}\//;

/** What is known of a file before it is asked for. */
export interface AskedFile {
  /** Whether a model can do without it. Then a web page says that it is missing, and its absence is kept. */
  readonly isOptional?: boolean;
  /** Whether 403 says that it is missing, as S3 answers a caller that may not list the bucket. */
  readonly mayBeHidden?: boolean;
}

/** Fetches the files of one model. */
export class FileFetcher {
  readonly #options: FetchOptions;
  readonly #received = new Map<string, { received: number; total: number }>();

  constructor(options: FetchOptions) {
    this.#options = options;
  }

  /**
   * A file's content: what is kept, if the server still has the same or does not answer; otherwise what the server sends. That
   * there was no file is kept too, and believed as long as the server does not answer.
   *
   * @param asked what is known of the file
   * @returns undefined if the server has no such file
   * @throws {CheckpointError} `access-denied`, `download-failed`, `truncated-download`, `wrong-content`, `offline`,
   *   `blocked-by-cors`; or the signal's reason
   */
  async fetch(
    url: string,
    { isOptional = false, mayBeHidden = false }: AskedFile = {},
  ): Promise<Blob | undefined> {
    const { kept, offline, signal } = this.#options;
    signal?.throwIfAborted();
    const known = await kept?.find(url);
    const wasAbsent = known !== undefined && isAbsence(known);
    const found = wasAbsent ? undefined : known;
    if (found !== undefined && (offline || COMMIT.test(url) || (await this.#isStillThere(url, found)))) {
      const blob = await found.blob();
      this.#report(url, blob.size, blob.size);
      return blob;
    }
    if (offline && wasAbsent) return undefined;
    if (offline) {
      const message =
        'it was not fetched before, and { offline: true } makes no request. Load it once without.';
      throw new CheckpointError('offline', message, { file: url });
    }
    const response = await this.#request(url).catch((error: unknown) => {
      signal?.throwIfAborted();
      if (wasAbsent) return undefined;
      throw error;
    });
    if (response === undefined || (wasAbsent && response.status >= 500)) return undefined;
    const { status, ok, headers } = response;
    // Servers of single-page applications answer every address with their page.
    const isPage = ok && /^text\/html\b/i.test(headers.get('content-type') ?? '');
    // A file that was there and is now forbidden is not missing.
    const isHidden = status === 403 && mayBeHidden && found === undefined;
    if (status === 404 || status === 410 || isHidden || (isPage && isOptional)) {
      if (isOptional) await kept?.keepAbsence(url);
      return undefined;
    }
    if (!ok) throw refusal(url, response);
    if (isPage) throw wrongContent(url);
    return (await this.#keep(url, response)) ?? (await this.#hold(url, response));
  }

  async #keep(url: string, response: Response): Promise<Blob | undefined> {
    const { kept } = this.#options;
    if (kept === undefined || !(await hasRoom(expectedBytes(response.headers)))) return undefined;
    const body = this.#counted(url, response);
    try {
      return await kept.keep(url, body.stream, response.headers);
    } catch (error) {
      // The cache reports a failure of its own; the body's says what happened.
      throw body.failure() ?? error;
    }
  }

  /** The body in memory, or wherever the browser puts a blob. */
  async #hold(url: string, response: Response): Promise<Blob> {
    const body = this.#counted(url, response.bodyUsed ? await this.#request(url) : response);
    try {
      return await new Response(body.stream).blob();
    } catch (error) {
      throw body.failure() ?? error;
    }
  }

  async #request(url: string, method = 'GET'): Promise<Response> {
    const { kept, token, signal } = this.#options;
    try {
      return await fetch(url, {
        method,
        ...(signal && { signal }),
        ...(token && { headers: { authorization: `Bearer ${token}` } }),
        // What is kept here need not be kept by the browser's own cache too.
        ...(kept && { cache: 'no-store' as const }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw await unreachable(url, cause);
    }
  }

  async #isStillThere(url: string, kept: Response): Promise<boolean> {
    const { signal } = this.#options;
    try {
      const now = await this.#request(url, 'HEAD');
      return now.ok ? isUnchanged(kept.headers, now.headers) : now.status >= 500 || now.status === 405;
    } catch {
      signal?.throwIfAborted();
      return true;
    }
  }

  /** A response's body, whose bytes are counted and must be as many as were announced. */
  #counted(
    url: string,
    { headers, body }: Response,
  ): { stream: ReadableStream<Uint8Array>; failure(): unknown } {
    const { signal } = this.#options;
    const total = expectedBytes(headers);
    const reader = body?.getReader();
    let received = 0;
    let failure: unknown;
    const stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const chunk = await reader?.read();
          if (chunk?.value !== undefined) {
            received += chunk.value.length;
            controller.enqueue(chunk.value);
          } else if (total !== undefined && received < total) {
            throw new Error('the connection ended');
          } else {
            controller.close();
          }
          this.#report(url, received, Math.max(received, chunk?.value === undefined ? 0 : (total ?? 0)));
        } catch (cause) {
          failure = signal?.aborted ? signal.reason : truncated(url, cause, received, total);
          controller.error(failure);
        }
      },
      cancel: (reason) => reader?.cancel(reason),
    });
    return { stream, failure: () => failure };
  }

  #report(url: string, received: number, total: number): void {
    this.#received.set(url, { received, total });
    const counts = [...this.#received.values()];
    this.#options.onProgress?.({
      file: url,
      receivedBytes: counts.reduce((sum, count) => sum + count.received, 0),
      totalBytes: counts.reduce((sum, count) => sum + count.total, 0),
    });
  }
}

function truncated(
  url: string,
  cause: unknown,
  received: number,
  total: number | undefined,
): CheckpointError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError(
    'truncated-download',
    `the download broke off (${reason}). Try again.`,
    {
      file: url,
      ...(total !== undefined && { expected: `${total} bytes`, found: `${received}` }),
    },
    { cause },
  );
}

/** Whether this many more bytes may be kept, as far as the browser says. */
async function hasRoom(bytes = 0): Promise<boolean> {
  const storage = (globalThis.navigator as Navigator | undefined)?.storage;
  const { quota, usage = 0 } = (await storage?.estimate?.().catch(() => undefined)) ?? {};
  return quota === undefined || bytes <= quota - usage;
}
