import { CheckpointError } from '../errors.js';

/** The error for an address whose server does not answer this page: no network, no permission, or no server. */
export async function unreachable(url: string, cause: unknown): Promise<CheckpointError> {
  const { navigator, location } = globalThis as { navigator?: Navigator; location?: Location };
  if (navigator?.onLine === false) {
    const message = 'there is no network, and it was not fetched before. Try again when there is one.';
    return new CheckpointError('offline', message, { file: url }, { cause });
  }
  // A page is not told why. A request whose answer it may not read tells whether there is a server.
  if (location !== undefined && new URL(url).origin !== location.origin) {
    const answers = await fetch(url, { method: 'HEAD', mode: 'no-cors' }).then(
      () => true,
      () => false,
    );
    if (answers) {
      const message =
        `its server does not allow pages of ${location.origin} to read it (CORS). It must send the header ` +
        'Access-Control-Allow-Origin; or serve the file from the page itself, or give it as a File.';
      return new CheckpointError('blocked-by-cors', message, { file: url }, { cause });
    }
  }
  const { message, cause: inner } = cause as Error;
  const reason = inner instanceof Error && inner.message !== '' ? inner.message : message;
  return new CheckpointError(
    'download-failed',
    `it cannot be reached (${reason}). Check the address and the network.`,
    { file: url },
    { cause },
  );
}

/** The error for an answer that is no success. */
export function refusal(url: string, { status, statusText }: Response): CheckpointError {
  const fault = { file: url, expected: 'a file', found: `${status} ${statusText}`.trim() };
  return status === 401 || status === 403
    ? new CheckpointError('access-denied', 'access is denied. Give a token that may read it (token).', fault)
    : new CheckpointError('download-failed', 'the server does not give it. Try again later.', fault);
}

export function wrongContent(url: string): CheckpointError {
  return new CheckpointError('wrong-content', 'the server sends a web page instead. Check the address.', {
    file: url,
    expected: 'a file of a model',
    found: 'text/html',
  });
}
