import type { Attempt } from './retry.js';

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the request; the global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Posts a JSON body once and reads the whole answer.
 *
 * @param who names the other side in messages: `the scorer "judge@1"`
 * @param isTransient which statuses may go away by themselves; a failed connection always may
 * @returns the text of a successful answer
 * @throws the signal's reason
 */
export async function postJson(
  who: string,
  url: string | URL,
  body: unknown,
  isTransient: (status: number) => boolean,
  { headers = {}, fetch = globalThis.fetch, signal }: PostOptions,
): Promise<Attempt<string>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    return {
      failure: { message: `${who} cannot be reached at ${url}: ${reasonOf(cause)}.`, cause, transient: true },
    };
  }
  if (response.ok) return { value: text };
  const { status, headers: answered } = response;
  const message = `${who} answered with status ${status}: "${quoted(text)}".`;
  return {
    failure: { message, status, transient: isTransient(status), retryAfter: retryAfter(answered) },
  };
}

/** The beginning of an answer. */
export function quoted(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** `fetch` wraps what went wrong: "fetch failed" says nothing, its cause does. A cause may have a code and no message. */
function reasonOf(error: unknown): string {
  let reason = String(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : '';
    reason = cause.message || code || reason;
  }
  return reason;
}

function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
}
