import type { FileHandle } from 'node:fs/promises';
import { AisError, FileError } from '../errors.js';
import { explainFileError } from '../files/explain-file-error.js';
import { publish } from '../files/whole.js';
import { nodeBuiltin } from '../node-builtins.js';
import {
  isPassingStatus,
  LONGEST_WAIT,
  PassingRefusal,
  type Sleep,
  sleep as sleepByTimer,
} from './patience.js';

/** What a file's content must hash to. */
export interface ContentHash {
  /** Git's hash of a file is the SHA-1 of its kind, its size, and its content. */
  readonly algorithm: 'sha256' | 'git-sha1';
  readonly digest: string;
}

/** A file of known content, how it is asked for, and what its caller says of failures. */
export interface VerifiedDownload {
  /** Where the complete, verified file goes; what is incomplete is beside it as `.incomplete`. */
  readonly path: string;
  readonly bytes: number;
  readonly hash: ContentHash;
  /** Asks for the file; the headers hold the range that is missing. */
  readonly request: (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Response>;
  /** The error for an answer that another attempt would not change. */
  readonly refused: (response: Response) => Promise<Error> | Error;
  /** The error after several attempts in a row that brought nothing; `cause` is that of the last one. */
  readonly interrupted: (received: number, cause: unknown) => Error;
  /** The error for another content than the one expected, which has been removed. */
  readonly damaged: (found: string) => Error;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of the file there are, those that were there before included. */
  readonly onBytes?: ((received: number) => void) | undefined;
  /** Attempts in a row that bring nothing before the download gives up; 4 by default. */
  readonly patience?: number | undefined;
  /**
   * Milliseconds before another attempt, doubled for each one in a row that brought nothing; 200 by default. A server may ask for more,
   * up to a minute.
   */
  readonly firstPause?: number | undefined;
  /** By a timer by default. */
  readonly sleep?: Sleep | undefined;
  /** Milliseconds without a byte after which an attempt is given up; 30,000 by default. */
  readonly stallTimeout?: number | undefined;
  /** How the user chooses another place, for the message about a full disk. */
  readonly elsewhere?: string | undefined;
}

/**
 * Downloads a file of known content, continuing where an earlier attempt or process stopped (HTTP ranges).
 *
 * A server that knows no ranges, or a connection that breaks, costs time, never correctness: what is hashed at the end is the
 * file as it lies on the disk, and it gets its name only if the hash is right. If what was there was something else, the
 * download starts over once. What the file system refuses ends the download; it is no broken connection.
 *
 * @throws {FileError} `disk-full`, `not-writable`; what `refused`, `interrupted`, and `damaged` return; the signal's reason
 */
export async function downloadVerified(download: VerifiedDownload): Promise<void> {
  const { path, hash, elsewhere } = download;
  const { rm } = nodeBuiltin('node:fs/promises', 'Downloading');
  const partial = `${path}.incomplete`;
  try {
    for (;;) {
      const { resumed, found } = await complete(partial, download);
      if (found === hash.digest) return await publish(partial, path);
      await rm(partial, { force: true });
      if (!resumed) throw download.damaged(found);
    }
  } catch (error) {
    download.signal?.throwIfAborted();
    throw explainFileError(error, path, elsewhere);
  }
}

/** Brings all bytes; tells what the file hashes to, and whether some of them were there before. */
async function complete(
  partial: string,
  download: VerifiedDownload,
): Promise<{ resumed: boolean; found: string }> {
  const { constants } = nodeBuiltin('node:fs', 'Downloading');
  const { open } = nodeBuiltin('node:fs/promises', 'Downloading');
  const { bytes, signal, patience = 4, firstPause = 200, sleep = sleepByTimer } = download;
  // Do not follow a link here: it may point at an unrelated file.
  const handle = await open(
    partial,
    constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0),
    0o666,
  );
  try {
    const file = await growingFile(handle, download);
    const resumed = file.received > 0;
    for (let fruitless = 0; file.received < bytes; ) {
      const before = file.received;
      try {
        await attempt(file, download);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof AisError) throw error;
        fruitless = file.received > before ? 0 : fruitless + 1;
        const { wait = 0 } = error instanceof PassingRefusal ? error : {};
        if (fruitless >= patience || wait > LONGEST_WAIT) throw download.interrupted(file.received, error);
        await sleep(Math.max(wait, firstPause * 2 ** fruitless), signal);
      }
    }
    return { resumed, found: await contentDigest(handle, download) };
  } finally {
    await handle.close();
  }
}

/** The part of the file that is there. */
interface GrowingFile {
  readonly received: number;
  /** @throws {FileError} whatever the file system refuses; the file ends where it ended before */
  add(chunk: Uint8Array): Promise<void>;
  startOver(): Promise<void>;
}

async function growingFile(handle: FileHandle, download: VerifiedDownload): Promise<GrowingFile> {
  const { bytes, onBytes } = download;
  let received = (await handle.stat()).size;
  const startOver = async (): Promise<void> => {
    await handle.truncate(0);
    received = 0;
  };
  if (received > bytes) await startOver();
  onBytes?.(received);
  return {
    get received() {
      return received;
    },
    async add(chunk) {
      if (received + chunk.length > bytes) {
        await startOver();
        throw download.damaged(`more than ${bytes} bytes`);
      }
      try {
        for (let written = 0; written < chunk.length; ) {
          const left = chunk.length - written;
          written += (await handle.write(chunk, written, left, received + written)).bytesWritten;
        }
      } catch (error) {
        // What was written of it may be less than the system says: the next attempt starts before.
        await handle.truncate(received).catch(() => {});
        throw refusedWrite(error, download);
      }
      received += chunk.length;
      onBytes?.(received);
    },
    startOver,
  };
}

/** Whatever a write fails with is the file system's, and no connection that might come back. */
function refusedWrite(error: unknown, { path, elsewhere }: VerifiedDownload): Error {
  const explained = explainFileError(error, path, elsewhere);
  if (explained instanceof AisError) return explained;
  const reason = error instanceof Error ? error.message : String(error);
  return new FileError('not-writable', path, `${path} cannot be written: ${reason}.`, { cause: error });
}

/** Asks for what is missing, and adds what comes; throws if that is not all. */
async function attempt(file: GrowingFile, download: VerifiedDownload): Promise<void> {
  const { bytes, signal, stallTimeout = 30_000 } = download;
  const stalled = new AbortController();
  const stall = (): void => stalled.abort(new Error(`nothing arrived for ${stallTimeout / 1000} s`));
  let timer = setTimeout(stall, stallTimeout);
  const either = AbortSignal.any([stalled.signal, ...(signal ? [signal] : [])]);
  try {
    const range = file.received > 0 ? { range: `bytes=${file.received}-` } : {};
    const response = await download.request({ 'accept-encoding': 'identity', ...range }, either);
    await accept(response, file, download);
    for await (const chunk of (response.body as AsyncIterable<Uint8Array> | null) ?? []) {
      clearTimeout(timer);
      timer = setTimeout(stall, stallTimeout);
      await file.add(chunk);
    }
    if (file.received < bytes) throw new Error(`it ended after ${file.received} of ${bytes} bytes`);
  } finally {
    clearTimeout(timer);
  }
}

/** Checks that the answer's body continues the file, or lets the file start over. */
async function accept(response: Response, file: GrowingFile, download: VerifiedDownload): Promise<void> {
  const { status } = response;
  if (status === 206 && isContinuation(response, file.received, download.bytes)) return;
  // A server may send the whole file whatever part it is asked for.
  if (status === 200) return file.received > 0 ? file.startOver() : undefined;
  try {
    if (status === 206 || status === 416) {
      await file.startOver();
      throw new Error('the server answered with another range than the one asked for');
    }
    if (isPassingStatus(status)) throw new PassingRefusal(response);
    throw await download.refused(response);
  } finally {
    await response.body?.cancel().catch(() => {});
  }
}

function isContinuation(response: Response, start: number, bytes: number): boolean {
  const range = response.headers.get('content-range') ?? '';
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
  return Number(from) === start && (total === '*' || Number(total) === bytes);
}

/** The hash of a file of this many bytes as it is on the disk now. */
export async function contentDigest(
  handle: FileHandle,
  { hash, bytes, signal }: Pick<VerifiedDownload, 'hash' | 'bytes' | 'signal'>,
): Promise<string> {
  const { createHash } = nodeBuiltin('node:crypto', 'Downloading');
  const digest =
    hash.algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
  const chunk = Buffer.alloc(2 ** 20);
  for (let position = 0; ; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return digest.digest('hex');
    digest.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}
