import { describeNetwork } from '../download/describe-network.js';
import { limitedResponse } from '../download/limited-response.js';
import {
  askedWait,
  isPassingStatus,
  LONGEST_WAIT,
  type Sleep,
  sleep as sleepByTimer,
} from '../download/patience.js';
import { HubError } from '../errors.js';
import { interruption } from '../process/interruption.js';
import { hubEndpoint } from './hub-endpoint.js';
import type { HubOptions, RepositoryKind } from './hub-options.js';

/** What asks the Hub about one repository. */
export interface HubClient {
  /** The Hub's address, without a slash at its end. */
  readonly endpoint: string;
  /** `fetch` with the token, for the Hub alone. */
  readonly request: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * `fetch` with the token, the signal, and a `HubError` for every answer that is not a success. What is only read is asked for again
   * where the connection broke, or the Hub says that it may answer later.
   */
  readonly fetch: typeof fetch;
  /** The error that an answer stands for. */
  readonly refusal: (response: Response, url: string) => Promise<HubError>;
}

/** @throws {HubError} `hub-invalid-option` if the endpoint is not an address */
export function hubClient(
  kind: RepositoryKind,
  repository: string,
  options: HubOptions,
  sleep: Sleep = sleepByTimer,
): HubClient {
  const { revision = 'main' } = options;
  const signal = interruption(options.signal);
  const { endpoint, origin, headers: ofMirror } = hubEndpoint(options.endpoint);
  const token = options.token ?? process.env['HF_TOKEN'];

  const request = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    // The Hub's answers point to other hosts, which must not see the token.
    if (new URL(url).origin === origin) {
      if (token) headers.set('authorization', `Bearer ${token}`);
      for (const [name, value] of Object.entries(ofMirror)) headers.set(name, value);
    }
    return fetch(url, { ...init, headers });
  };

  const refusal = async (response: Response, url: string): Promise<HubError> => {
    const { status, statusText, headers } = response;
    const code = headers.get('x-error-code');
    const said = new Set([code, await errorIn(response)].filter((words) => words !== null));
    const found = `${status} ${statusText}${said.size > 0 ? ` (${[...said].join(': ')})` : ''}`;
    const fault = { place: url, expected: 'a file', found };
    if (code === 'RevisionNotFound') {
      const reason = `${repository} has no revision ${revision}. Name a branch, tag, or commit that it has.`;
      return new HubError('hub-not-found', reason, fault);
    }
    // Without a token the Hub answers 401 for what does not exist, so as not to tell what is private.
    if (status === 404 || code === 'RepoNotFound' || (status === 401 && code !== 'GatedRepo' && !token)) {
      const missing =
        kind === 'model'
          ? `there is neither a folder ${repository} nor such a model on the Hub`
          : `there is no data set ${repository} on the Hub`;
      const reason = `${missing}, or it is private. Check the name, or give a token that may read it (token, or HF_TOKEN).`;
      return new HubError('hub-not-found', reason, fault);
    }
    if (status === 401 || status === 403) {
      const page = `${endpoint}/${kind === 'model' ? '' : 'datasets/'}${repository}`;
      const reason = `access is denied. Ask for it at ${page}, and give a token that has it (token, or HF_TOKEN).`;
      return new HubError('hub-access-denied', reason, fault);
    }
    if (status === 429) return new HubError('hub-failed', tooMany(askedWait(response)), fault);
    return new HubError('hub-failed', 'the Hub does not give it. Try again later.', fault);
  };

  /** Asks once, and follows redirects. */
  const ask = async (url: string, init: RequestInit): Promise<Response> => {
    const deadline = AbortSignal.timeout(ANSWER_MILLISECONDS);
    const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
    try {
      let response = await request(url, { ...init, redirect: 'manual', signal: either });
      for (let count = 0, at = url; isRedirect(response); count++) {
        await response.body?.cancel();
        at = nextAddress(response, at, count);
        response = await request(at, { ...init, redirect: 'manual', signal: either });
      }
      return response;
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof HubError) throw cause;
      const reason = deadline.aborted
        ? `no answer within ${ANSWER_MILLISECONDS / 1000} s`
        : describeNetwork(cause);
      throw new HubError(
        'hub-failed',
        `it cannot be reached (${reason}). Check the network and HF_ENDPOINT, or use what is cached with { offline: true }.`,
        { place: shown(url) },
        { cause },
      );
    }
  };

  return {
    endpoint,
    request,
    refusal,
    fetch: async (input, init = {}) => {
      const url = input instanceof Request ? input.url : String(input);
      const tries = /^(GET|HEAD)$/i.test(init.method ?? 'GET') ? TRIES : 1;
      let response: Response;
      for (let tried = 1; ; tried++) {
        const pause = FIRST_PAUSE * 2 ** tried;
        let wait: number | undefined;
        try {
          response = await ask(url, init);
          wait = isPassingStatus(response.status) ? Math.max(askedWait(response) ?? 0, pause) : undefined;
        } catch (error) {
          if (tried >= tries || !isBroken(error)) throw error;
          await sleep(pause, signal);
          continue;
        }
        if (wait === undefined || tried >= tries || wait > LONGEST_WAIT) break;
        await response.body?.cancel();
        await sleep(wait, signal);
      }
      const limited = limitedResponse(
        response,
        LARGEST_ANSWER,
        () =>
          new HubError(
            'hub-failed',
            `it answers with more than ${LARGEST_ANSWER / 2 ** 20} MiB, which the Hub never does. Check HF_ENDPOINT.`,
            { place: shown(url) },
          ),
      );
      if (response.ok) return limited;
      throw await refusal(limited, shown(url));
    },
  };
}

/** An answer about a repository has no more bytes than this, and takes no longer. */
const LARGEST_ANSWER = 64 * 2 ** 20;
const ANSWER_MILLISECONDS = 120_000;
const MOST_REDIRECTS = 5;
/** How often something is asked for, with pauses of 200, 400, and 800 ms. */
const TRIES = 4;
const FIRST_PAUSE = 100;

/** What there is to say of too many requests. */
export function tooMany(wait: number | undefined): string {
  const how = wait === undefined ? 'some minutes' : `${Math.max(1, Math.ceil(wait / 1000))} s`;
  return `there were too many requests (HTTP 429). Wait ${how}, or set HF_TOKEN: the Hub allows more to those who have an account.`;
}

/** Whether a connection broke that was there, or the system could not say for now where the Hub is. */
function isBroken(error: unknown): boolean {
  const codes = /^(ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT)$/;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (codes.test(String((cause as NodeJS.ErrnoException).code))) return true;
  }
  return false;
}

const isRedirect = ({ status }: Response): boolean => status >= 300 && status < 400 && status !== 304;

/** Where a redirect leads; only to the same host, since the Hub's answers say which files are the right ones. */
function nextAddress({ headers }: Response, from: string, count: number): string {
  const location = headers.get('location') ?? '';
  const next = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (next?.origin === new URL(from).origin && count < MOST_REDIRECTS) return next.href;
  const where = next === undefined ? 'nowhere' : next.origin;
  throw new HubError(
    'hub-failed',
    `it redirects to ${where}, which is not followed. If that is where the Hub is, set HF_ENDPOINT to it.`,
    { place: shown(from) },
  );
}

/** An address as messages show it: without a query, which may hold a signature. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** What the Hub says in the body of a refusal. */
async function errorIn(response: Response): Promise<string | null> {
  const body: unknown = await response.json().catch(() => null);
  const { error } = (body ?? {}) as { error?: unknown };
  return typeof error === 'string' ? error : null;
}
