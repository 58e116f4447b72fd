/** The longest wait that a server may ask for, in milliseconds; one that asks for more is not asked again. */
export const LONGEST_WAIT = 60_000;

/** Waits, and ends with the signal's reason as soon as it aborts. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = async (milliseconds, signal) => {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
  signal?.throwIfAborted();
};

/** Whether the same request may succeed later. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * How long an answer asks to wait, in milliseconds: in `retry-after`, as seconds or as a date by the server's own clock, or, where
 * requests are counted, in `ratelimit`, which says when the count starts over.
 */
export function askedWait({ status, headers }: Response): number | undefined {
  const asked = headers.get('retry-after')?.trim();
  if (asked) {
    const seconds = Number(asked);
    const now = Date.parse(headers.get('date') ?? '');
    const wait = Number.isNaN(seconds)
      ? Date.parse(asked) - (Number.isNaN(now) ? Date.now() : now)
      : 1000 * seconds;
    if (Number.isFinite(wait)) return Math.max(0, wait);
  }
  const [, reset] = /\bt=(\d+)/.exec((status === 429 && headers.get('ratelimit')) || '') ?? [];
  return reset === undefined ? undefined : 1000 * Number(reset);
}

/** An answer that says to come back later. */
export class PassingRefusal extends Error {
  readonly status: number;
  readonly wait: number | undefined;

  constructor(response: Response) {
    super(`the server answered with HTTP ${response.status}`);
    this.status = response.status;
    this.wait = askedWait(response);
  }
}
