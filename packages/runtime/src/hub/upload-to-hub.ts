import { describeNetwork } from '../download/describe-network.js';
import { HubError } from '../errors.js';
import { importInNode } from '../host.js';
import { nodeBuiltin } from '../node-builtins.js';
import { hubEndpoint } from './hub-endpoint.js';
import { parseHubResponse } from './parse-hub-response.js';

/** What goes into a repository, as one commit. */
export interface HubUpload {
  /** By their paths in the repository: where a file is on this machine, or its content. */
  readonly files: ReadonlyMap<string, { readonly path: string } | { readonly content: string }>;
  /** What the commit is called. */
  readonly title: string;
  /** Whether only its owner may see the repository. */
  readonly isPrivate: boolean;
}

/** Options of `uploadToHub`. */
export interface UploadOptions {
  /** The Hub's address; HF_ENDPOINT of the environment, or https://huggingface.co, by default. */
  readonly endpoint?: string;
  /** How far a file is, from 0 to 1. */
  readonly onProgress?: (progress: { readonly file: string; readonly share: number }) => void;
  /** Ends the upload with the signal's reason. Nothing is in the repository then; large files that have arrived are not sent again. */
  readonly signal?: AbortSignal;
}

/** A commit in a repository. */
export interface UploadedCommit {
  readonly url: string;
  readonly commit: string;
}

/**
 * Uploads a model's files into a repository on the Hugging Face Hub, which is made where there is none. All files arrive as one
 * commit, or none does.
 *
 * The token is HF_TOKEN of the environment, goes to the Hub alone, and is in no message.
 *
 * @param name `owner/name`
 * @throws {HubError} `hub-invalid-option` without a token, or if a public repository is there where a private one was asked for;
 *   `hub-access-denied` if the token is refused; `hub-failed` if the Hub cannot be reached or is out of order, or another
 *   user changes the repository in the meantime; or the signal's reason
 * @example
 * const files = new Map([['config.json', { path: 'model/config.json' }]]);
 * await uploadToHub('owner/name', { files, title: 'Add a model', isPrivate: true });
 */
export async function uploadToHub(
  name: string,
  { files, title, isPrivate }: HubUpload,
  { endpoint: given, onProgress, signal }: UploadOptions = {},
): Promise<UploadedCommit> {
  const { endpoint } = hubEndpoint(given);
  const place = `${endpoint}/${name}`;
  const token = process.env['HF_TOKEN'];
  if (!token) {
    throw new HubError(
      'hub-invalid-option',
      `HF_TOKEN is not set. Make a token with write permission at ${endpoint}/settings/tokens, and put it into the environment.`,
      { place },
    );
  }
  const { pathToFileURL } = nodeBuiltin('node:url', 'The Hub');
  const hub = writer(name, endpoint, token, signal);
  const { commitIter, createRepo } =
    await importInNode<typeof import('@huggingface/hub')>('@huggingface/hub');
  const repo = { type: 'model', name } as const;
  const shared = { repo, hubUrl: endpoint, fetch: hub };
  const found = await parseHubResponse(visibilityOf(hub, `${endpoint}/api/models/${name}`), place);
  if (found === 'public' && isPrivate) {
    throw new HubError(
      'hub-invalid-option',
      'it already exists and is public. Say that the upload may be public, or choose another name.',
      { place },
    );
  }
  if (found === undefined) {
    // The token comes with `fetch`: the library takes those alone that begin with hf_.
    const credentials = { credentials: { accessToken: '' } };
    await parseHubResponse(
      createRepo({ ...shared, ...credentials, visibility: isPrivate ? 'private' : 'public' }),
      place,
    );
  }
  const commit = async (): Promise<UploadedCommit> => {
    const events = commitIter({
      ...shared,
      title,
      operations: Array.from(files, ([path, source]) => ({
        operation: 'addOrUpdate',
        path,
        content: 'path' in source ? pathToFileURL(source.path) : new Blob([source.content]),
      })),
      // Its chunks would be another protocol to get wrong; the Hub takes whole files as well.
      useXet: false,
      ...(signal && { abortSignal: signal }),
    });
    for (;;) {
      const { done, value } = await events.next();
      if (done) return { url: place, commit: value?.commit.oid ?? '' };
      if (value.event === 'fileProgress' && value.state === 'uploading') {
        onProgress?.({ file: value.path, share: value.progress });
      }
    }
  };
  try {
    return await parseHubResponse(commit(), place);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Whether a repository is there, and who may see it. */
async function visibilityOf(hub: typeof fetch, url: string): Promise<'public' | 'private' | undefined> {
  try {
    const { private: isPrivate } = (await (await hub(url)).json()) as { private?: unknown };
    return isPrivate === true ? 'private' : 'public';
  } catch (error) {
    if (error instanceof HubError && error.code === 'hub-not-found') return undefined;
    throw error;
  }
}

/** `fetch` with the token for the Hub alone, and a `HubError` for every answer that is not a success. */
function writer(
  name: string,
  endpoint: string,
  token: string,
  signal: AbortSignal | undefined,
): typeof fetch {
  const { origin } = new URL(endpoint);
  const withoutToken = (text: string): string => text.replaceAll(token, '…');
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    const headers = new Headers(init.headers);
    headers.delete('authorization');
    if (url.origin === origin) headers.set('authorization', `Bearer ${token}`);
    // Addresses of large-file storage have signatures in their queries.
    const place = url.origin + url.pathname;
    let response: Response;
    try {
      response = await fetch(url, { ...init, headers, ...(signal && !init.signal && { signal }) });
    } catch (cause) {
      signal?.throwIfAborted();
      init.signal?.throwIfAborted();
      throw new HubError(
        'hub-failed',
        `the connection failed (${withoutToken(describeNetwork(cause))}). Check the network and HF_ENDPOINT, and run this again: large files that have arrived are not sent again.`,
        { place },
      );
    }
    if (response.ok) return response;
    const { status, statusText } = response;
    const said = await errorIn(response);
    const found = withoutToken(`${status} ${statusText}${said === undefined ? '' : ` (${said})`}`);
    throw refusal(status, name, endpoint, { place, expected: 'a success', found });
  };
}

function refusal(
  status: number,
  name: string,
  endpoint: string,
  fault: ConstructorParameters<typeof HubError>[2],
): HubError {
  const tokens = `${endpoint}/settings/tokens`;
  if (status === 404) return new HubError('hub-not-found', `there is no ${name} on the Hub.`, fault);
  if (status === 401) {
    const reason = `the token in HF_TOKEN is not accepted. Make one with write permission at ${tokens}.`;
    return new HubError('hub-access-denied', reason, fault);
  }
  if (status === 403) {
    const [owner] = name.split('/');
    const reason = `the token in HF_TOKEN may not write there. Give it write permission for ${owner} at ${tokens}, or choose another owner.`;
    return new HubError('hub-access-denied', reason, fault);
  }
  if (status === 409 || status === 412) {
    const reason =
      'the repository has changed meanwhile. Run this again: large files that have arrived are not sent again.';
    return new HubError('hub-failed', reason, fault);
  }
  const reason =
    status === 429 || status >= 500
      ? 'the Hub is busy or out of order. Run this again later: large files that have arrived are not sent again.'
      : 'the Hub refuses the upload.';
  return new HubError('hub-failed', reason, fault);
}

/** What the Hub says in the body of a refusal. */
async function errorIn(response: Response): Promise<string | undefined> {
  const { error, message } = ((await response.json().catch(() => null)) ?? {}) as Record<string, unknown>;
  return [error, message].find((each) => typeof each === 'string') as string | undefined;
}
