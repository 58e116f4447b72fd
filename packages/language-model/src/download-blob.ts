import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { CheckpointError } from './errors.js';
import { nodeBuiltin } from './node-builtins.js';

/** A file of a repository, as the Hub's listing has it. */
export interface RepositoryFile {
  readonly name: string;
  readonly size: number;
  /** What its content hashes to, and what its blob in the cache is called. */
  readonly hash: { readonly algorithm: 'sha256' | 'git-sha1'; readonly digest: string };
}

export interface BlobSource {
  readonly url: string;
  readonly file: RepositoryFile;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal | undefined;
  /** Told how many bytes of the file there are. */
  onBytes(received: number): void;
}

/** Attempts in a row that bring nothing before a download gives up. */
const FRUITLESS_ATTEMPTS = 4;
const PAUSE_MS = 200;

/**
 * Downloads a file to `path`, going on from what an earlier attempt left in `path.incomplete`.
 *
 * A connection that breaks is taken up again where it broke. The content is hashed as it comes (what was there is
 * hashed first), and the file gets its name only if the hash is the one that the repository has.
 *
 * @throws {CheckpointError} `download-failed` after several attempts without a byte, `checkpoint-corrupt` where the
 *   hash is wrong (what was downloaded is then removed), `checkpoint-unwritable`; or the signal's reason
 */
export async function downloadBlob(path: string, source: BlobSource): Promise<void> {
  const { open, rename, rm } = nodeBuiltin('node:fs/promises');
  const { file, signal, onBytes } = source;
  const partial = `${path}.incomplete`;
  const handle = await open(partial, 'a+');
  let hash = newHash(file);
  try {
    let received = (await handle.stat()).size;
    const startOver = async (): Promise<void> => {
      await handle.truncate(0);
      hash = newHash(file);
      received = 0;
    };
    if (received > file.size) await startOver();
    else await hashStart(handle, received, hash);
    onBytes(received);

    for (let fruitless = 0; received < file.size; ) {
      const before = received;
      try {
        const response = await source.fetch(source.url, {
          headers: { 'accept-encoding': 'identity', ...(received > 0 && { range: `bytes=${received}-` }) },
        });
        // A server may send the whole file whatever part it is asked for.
        if (received > 0 && response.status !== 206) await startOver();
        checkRange(response, received, source);
        for await (const chunk of (response.body as AsyncIterable<Uint8Array> | null) ?? []) {
          if (received + chunk.length > file.size) {
            throw corrupt(source, 'more arrives than the repository says.', `${file.size} bytes`, 'more');
          }
          await handle.writeFile(chunk);
          hash.update(chunk);
          received += chunk.length;
          onBytes(received);
        }
        if (received < file.size) throw incomplete(source, received);
      } catch (cause) {
        signal?.throwIfAborted();
        fruitless = received > before ? 0 : fruitless + 1;
        const { code, found } =
          cause instanceof CheckpointError ? cause : { code: undefined, found: undefined };
        // Nothing begins at or after the end: what was there is not the start of this file.
        if (found?.startsWith('416')) await startOver();
        else if (code !== undefined && code !== 'download-failed') throw cause;
        if (fruitless >= FRUITLESS_ATTEMPTS) {
          throw code === undefined ? incomplete(source, received, cause) : cause;
        }
        await pause(PAUSE_MS * 2 ** fruitless, signal);
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  const digest = hash.digest('hex');
  if (digest !== file.hash.digest) {
    await rm(partial, { force: true });
    throw corrupt(
      source,
      `its ${file.hash.algorithm} is wrong; download it again.`,
      file.hash.digest,
      digest,
    );
  }
  await rename(partial, path);
}

/** Git's hash of a file is that of its kind and size and content. */
function newHash({ hash, size }: RepositoryFile): Hash {
  const { createHash } = nodeBuiltin('node:crypto');
  return hash.algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

async function hashStart(handle: FileHandle, bytes: number, hash: Hash): Promise<void> {
  const chunk = Buffer.alloc(Math.min(bytes, 2 ** 20));
  for (let position = 0; position < bytes; ) {
    const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, bytes - position), position);
    if (bytesRead === 0) return;
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** What is sent must start where it was asked to, of a file that is as long as it should be. */
function checkRange(response: Response, start: number, source: BlobSource): void {
  if (response.status !== 206) return;
  const range = response.headers.get('content-range');
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? '') ?? [];
  if (Number(from) === start && (total === '*' || Number(total) === source.file.size)) return;
  throw corrupt(
    source,
    'another part of the file arrives than was asked for.',
    `bytes ${start}- of ${source.file.size}`,
    range ?? 'no content-range',
  );
}

function corrupt({ url }: BlobSource, message: string, expected: string, found: string): CheckpointError {
  return new CheckpointError('checkpoint-corrupt', message, { file: url, expected, found });
}

function incomplete({ url, file }: BlobSource, received: number, cause?: unknown): CheckpointError {
  return new CheckpointError(
    'download-failed',
    'the connection breaks. What has arrived is kept: try again, and it goes on from there.',
    { file: url, expected: `${file.size} bytes`, found: `${received}` },
    { cause },
  );
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
  signal?.throwIfAborted();
}
