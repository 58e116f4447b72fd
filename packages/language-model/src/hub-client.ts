import { CheckpointError, LanguageModelError } from './errors.js';

/** How a repository on the Hugging Face Hub is reached and kept. */
export interface HubOptions {
  /** A branch, tag or commit; `main` where absent. */
  readonly revision?: string;
  /** The Hub's address; where absent, the environment's HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string;
  /** For private and gated repositories; where absent, the environment's HF_TOKEN. */
  readonly token?: string;
  /** Where downloads are kept, in the layout of Python's `huggingface_hub`; where absent, the same folder as there. */
  readonly cacheDirectory?: string;
  /** Use what was downloaded before and ask nobody; where absent, as the environment's HF_HUB_OFFLINE says. */
  readonly offline?: boolean;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Ends a download with the signal's reason; what has arrived is kept for the next call. */
  readonly signal?: AbortSignal;
}

/** How far a download is, in bytes; those that were there before count. */
export interface DownloadProgress {
  /** The file that is on its way. */
  readonly file: string;
  /** Of all files together. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** What asks the Hub: `fetch` with the token, the signal, and errors of this package. */
export interface HubClient {
  readonly endpoint: string;
  readonly fetch: typeof fetch;
}

/**
 * Makes a client for a repository.
 *
 * Its `fetch` throws for every answer that is not a success: `checkpoint-not-found`, `access-denied`, or
 * `download-failed` where trying again may help.
 */
export function hubClient(repository: string, options: HubOptions): HubClient {
  const { signal, revision = 'main' } = options;
  const endpoint = (options.endpoint ?? process.env['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(
    /\/+$/,
    '',
  );
  const token = options.token ?? process.env['HF_TOKEN'];
  let origin: string;
  try {
    ({ origin } = new URL(endpoint));
  } catch (cause) {
    throw new LanguageModelError(
      'invalid-option',
      `endpoint is ${JSON.stringify(endpoint)}; it must be an address such as https://huggingface.co.`,
      { cause },
    );
  }
  return {
    endpoint,
    fetch: async (input, init = {}) => {
      const url = input instanceof Request ? input.url : String(input);
      const headers = new Headers(init.headers);
      // The Hub's answers name other addresses, which have no business with the token.
      if (token && new URL(url).origin === origin) headers.set('authorization', `Bearer ${token}`);
      let response: Response;
      try {
        response = await fetch(url, { ...init, headers, ...(signal && { signal }) });
      } catch (cause) {
        signal?.throwIfAborted();
        throw new CheckpointError(
          'download-failed',
          `it cannot be reached (${reason(cause)}). Check the network and HF_ENDPOINT, or use what is cached with { offline: true }.`,
          { file: url },
          { cause },
        );
      }
      if (response.ok) return response;
      await response.body?.cancel();
      throw refusal(response, url);
    },
  };

  function refusal({ status, statusText, headers }: Response, url: string): CheckpointError {
    const code = headers.get('x-error-code');
    const found = `${status} ${statusText}${code ? ` (${code})` : ''}`;
    const fault = { file: url, expected: 'a file', found };
    if (code === 'RevisionNotFound') {
      const message = `${repository} has no revision ${revision}. Name a branch, tag or commit that it has.`;
      return new CheckpointError('checkpoint-not-found', message, fault);
    }
    // Without a token the Hub answers 401 for what does not exist, so as not to tell what is private.
    if (status === 404 || (status === 401 && code !== 'GatedRepo' && !token)) {
      const message = `there is neither a folder ${repository} nor such a repository on the Hub, or it is private. Check the name, or give a token.`;
      return new CheckpointError('checkpoint-not-found', message, fault);
    }
    if (status === 401 || status === 403) {
      const message = `access is denied. Ask for it at ${endpoint}/${repository}, and give a token that has it (token, or HF_TOKEN).`;
      return new CheckpointError('access-denied', message, fault);
    }
    return new CheckpointError('download-failed', 'the Hub does not give it. Try again later.', fault);
  }
}

function reason(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
