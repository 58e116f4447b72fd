import { splitCredentials } from '../download/credentials.js';
import { describeNetwork } from '../download/describe-network.js';
import { downloadVerified, type VerifiedDownload } from '../download/download-verified.js';
import { failure } from './failures.js';

export interface WheelDownload
  extends Pick<VerifiedDownload, 'bytes' | 'signal' | 'patience' | 'firstPause' | 'stallTimeout'> {
  /** May carry credentials. */
  readonly url: string;
  /** Where the complete, verified file goes. */
  readonly destination: string;
  readonly sha256: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly onProgress?: (completed: number, total: number) => void;
}

/**
 * Downloads a wheel; see `downloadVerified`.
 *
 * @throws {NativeInstallError} `download-failed`, `wrong-hash`, `wheel-not-found`
 * @throws {FileError} `disk-full`, `not-writable`
 */
export function downloadWheel(options: WheelDownload): Promise<void> {
  const { url, destination, sha256, bytes, headers, onProgress, ...rest } = options;
  const address = splitCredentials(url);
  // An address may be signed in its query.
  const shown = address.url.replace(/[?#].*$/, '');
  return downloadVerified({
    firstPause: 500,
    ...rest,
    path: destination,
    bytes,
    hash: { algorithm: 'sha256', digest: sha256 },
    elsewhere: 'AIS_CACHE_DIRECTORY',
    request: (range, signal) =>
      fetch(address.url, { headers: { ...address.headers, ...headers, ...range }, signal }),
    onBytes: (received) => onProgress?.(received, bytes),
    refused: ({ status }) =>
      status === 404 || status === 410
        ? failure(
            'wheel-not-found',
            `${shown} does not exist (HTTP ${status}). Use another index with --index-url, or give the file with --wheel FILE.`,
          )
        : failure(
            'download-failed',
            `${shown} may not be read (HTTP ${status}). Put credentials into the index URL, or give the file with --wheel FILE.`,
          ),
    interrupted: (_, cause) =>
      failure(
        'download-failed',
        `The download of ${shown} failed several times, most recently because ${describeNetwork(cause)}. Run this again to continue where it stopped, or give the file with --wheel FILE.`,
        cause,
      ),
    damaged: (found) =>
      failure(
        'wrong-hash',
        `The download of ${shown} has SHA-256 ${found} where ${sha256} is expected, so it was deleted. The index or a proxy serves another file: use another one with --index-url, or give the right file with --wheel FILE.`,
      ),
  });
}
