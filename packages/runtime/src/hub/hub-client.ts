import { describeNetwork } from '../download/describe-network.js';
import { HubError } from '../errors.js';
import { interruption } from '../process/interruption.js';
import type { HubOptions, RepositoryKind } from './hub-options.js';

/** What asks the Hub about one repository. */
export interface HubClient {
  /** The Hub's address, without a slash at its end. */
  readonly endpoint: string;
  /** `fetch` with the token, for the Hub alone. */
  readonly request: (url: string, init: RequestInit) => Promise<Response>;
  /** `fetch` with the token, the signal, and a `HubError` for every answer that is not a success. */
  readonly fetch: typeof fetch;
  /** The error that an answer stands for. */
  readonly refusal: (response: Response, url: string) => Promise<HubError>;
}

/** @throws {HubError} `hub-invalid-option` if the endpoint is not an address */
export function hubClient(kind: RepositoryKind, repository: string, options: HubOptions): HubClient {
  const { revision = 'main' } = options;
  const signal = interruption(options.signal);
  const given = options.endpoint ?? process.env['HF_ENDPOINT'] ?? 'https://huggingface.co';
  const endpoint = given.replace(/\/+$/, '');
  const token = options.token ?? process.env['HF_TOKEN'];
  if (!URL.canParse(endpoint)) {
    throw new HubError(
      'hub-invalid-option',
      'the endpoint must be an address such as https://huggingface.co.',
      {
        place: given,
      },
    );
  }
  const { origin } = new URL(endpoint);

  const request = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    // The Hub's answers name other addresses, which have no business with the token.
    if (token && new URL(url).origin === origin) headers.set('authorization', `Bearer ${token}`);
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
    return new HubError('hub-failed', 'the Hub does not give it. Try again later.', fault);
  };

  return {
    endpoint,
    request,
    refusal,
    fetch: async (input, init = {}) => {
      const url = input instanceof Request ? input.url : String(input);
      let response: Response;
      try {
        response = await request(url, { ...init, ...(signal && { signal }) });
      } catch (cause) {
        signal?.throwIfAborted();
        throw new HubError(
          'hub-failed',
          `it cannot be reached (${describeNetwork(cause)}). Check the network and HF_ENDPOINT, or use what is cached with { offline: true }.`,
          { place: url },
          { cause },
        );
      }
      if (response.ok) return response;
      throw await refusal(response, url);
    },
  };
}

/** What the Hub says in the body of a refusal. */
async function errorIn(response: Response): Promise<string | null> {
  const body: unknown = await response.json().catch(() => null);
  const { error } = (body ?? {}) as { error?: unknown };
  return typeof error === 'string' ? error : null;
}
