import { mergeHeaders } from './merge-headers.js';
import type { Attempt } from './retry.js';

export interface PostOptions {
  /** They win over the content type, and over the user info of the address. */
  readonly headers: Headers;
  /** Sends the request; the global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
  /** The longest that one attempt may take, in milliseconds, as `checkTimeout` allows it; 300,000 by default. */
  readonly timeout?: number;
  /** Takes secrets out of an answer before it is quoted. With it, messages leave out where the other side is, too. */
  readonly redact?: ((text: string) => string) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer of more bytes than this is not one that anybody waits for. */
const LARGEST_ANSWER = 16 * 2 ** 20;

const MOST_REDIRECTS = 3;

/**
 * Posts a JSON body once and reads the whole answer.
 *
 * A redirect is followed on the same host only, as 307 or 308: another host would see what was meant for the first one.
 *
 * @param who names the other side in messages: `the scorer "judge@1"`
 * @param isTransient which statuses may go away by themselves; a failed connection always may, and so may an answer that does
 *   not come to its end in time
 * @returns the text of a successful answer
 * @throws the signal's reason
 */
export async function postJson(
  who: string,
  url: string | URL,
  body: unknown,
  isTransient: (status: number) => boolean,
  { headers, fetch = globalThis.fetch, timeout = 300_000, redact, signal }: PostOptions,
): Promise<Attempt<string>> {
  const address = splitAddress(url);
  const deadline = timeout === Number.POSITIVE_INFINITY ? undefined : AbortSignal.timeout(Math.ceil(timeout));
  const stops = [signal, deadline].filter((each) => each !== undefined);
  const request: RequestInit = {
    method: 'POST',
    headers: mergeHeaders(
      { 'content-type': 'application/json' },
      address.headers,
      Object.fromEntries(headers),
    ),
    body: JSON.stringify(body),
    redirect: 'manual',
    signal: stops.length > 1 ? AbortSignal.any(stops) : (stops[0] ?? null),
  };
  let response: Response;
  let text: string | undefined;
  try {
    response = await fetch(address.url, request);
    for (let count = 0, at = address.url; count < MOST_REDIRECTS; count++) {
      const next = sameHost(response, at);
      if (next === undefined) break;
      await response.body?.cancel();
      response = await fetch(next, request);
      at = next;
    }
    text = isRedirect(response) ? '' : await readText(response);
  } catch (cause) {
    signal?.throwIfAborted();
    const place = redact ? '' : ` at ${address.shown}`;
    const reason = deadline?.aborted
      ? `no whole answer within ${timeout / 1000} s`
      : reasonOf(cause, redact !== undefined);
    return {
      failure: {
        message: `${who} cannot be reached${place}: ${reason}. Check its address, and that it runs.`,
        cause,
        transient: true,
      },
    };
  }
  const { status, headers: answered } = response;
  if (text === undefined) {
    const message = `${who} answered with more than ${LARGEST_ANSWER / 2 ** 20} MiB.`;
    return { failure: { message, status, transient: false } };
  }
  if (response.ok) return { value: text };
  if (isRedirect(response)) {
    await response.body?.cancel();
    const message = `${who} answered with a redirect, which is not followed. Use the address that it leads to.`;
    return { failure: { message, status, transient: false } };
  }
  const message = `${who} answered with status ${status}: "${quoted(redact ? redact(text) : text)}".`;
  return {
    failure: {
      message,
      status,
      transient: isTransient(status),
      answer: text,
      retryAfter: retryAfter(answered),
    },
  };
}

/** An address with its user info in a header, which `fetch` wants, and as messages show it: without secrets. */
function splitAddress(given: string | URL): {
  readonly url: string | URL;
  readonly shown: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  if (!URL.canParse(String(given))) return { url: given, shown: 'this address', headers: {} };
  const url = new URL(given);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const shown = url.origin + url.pathname;
  if (username === '' && password === '') return { url, shown, headers: {} };
  const pair = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  return { url, shown, headers: { authorization: `Basic ${btoa(String.fromCharCode(...pair))}` } };
}

/** A part of an address as its text; as it stands where a percent sign stands for nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** In a page, the browser does not tell where a redirect leads. */
function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400);
}

/** Where a redirect leads, if a POST may follow it. */
function sameHost({ status, headers }: Response, from: string | URL): URL | undefined {
  const location = headers.get('location');
  if ((status !== 307 && status !== 308) || location === null || !URL.canParse(location, from))
    return undefined;
  const next = new URL(location, from);
  return next.origin === new URL(from).origin ? next : undefined;
}

/** The whole text of an answer; nothing if it is too large. */
async function readText({ body }: Response): Promise<string | undefined> {
  if (!body) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.byteLength;
    if (size > LARGEST_ANSWER) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}

/** The beginning of an answer. Take secrets out first: a secret that is cut in half is no longer found. */
export function quoted(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/**
 * `fetch` wraps what went wrong: "fetch failed" says nothing, its cause does. A cause may have a code and no message.
 *
 * @param secret whether only codes are told: messages name the host
 */
function reasonOf(error: unknown, secret: boolean): string {
  let reason = secret ? 'the connection failed' : String(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : '';
    reason = (secret ? code : cause.message || code) || reason;
  }
  return reason;
}

/** How long an answer asks to wait, in milliseconds; a date is by the server's own clock, which its answer shows. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const answered = Date.parse(headers.get('date') ?? '');
  const now = Number.isNaN(answered) ? Date.now() : answered;
  const wait = /^\d+(\.\d+)?$/.test(value) ? 1000 * Number(value) : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
