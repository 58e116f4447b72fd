import { describeNetwork } from '../download/describe-network.js';
import { downloadVerified } from '../download/download-verified.js';
import { PassingRefusal } from '../download/patience.js';
import { HubError } from '../errors.js';
import { inHome } from '../files/cache-directory.js';
import { explainFileError } from '../files/explain-file-error.js';
import { withLock } from '../files/lock.js';
import { makeWhole, writeWhole } from '../files/whole.js';
import { importInNode } from '../host.js';
import { nodeBuiltin } from '../node-builtins.js';
import { interruption } from '../process/interruption.js';
import { type HubClient, hubClient, tooMany } from './hub-client.js';
import { type HubFile, readListing } from './hub-listing.js';
import type { HubOptions, RepositoryKind } from './hub-options.js';
import { keptIfWritable } from './kept-if-writable.js';
import { parseHubResponse } from './parse-hub-response.js';
import { isVerifiedBlob } from './verified-blob.js';

/** A repository on the Hugging Face Hub at one commit, and the place in the cache where its files are. */
export interface HubRepository {
  readonly kind: RepositoryKind;
  /** `owner/name`. */
  readonly name: string;
  /** The Hub's address, without a slash at its end. */
  readonly endpoint: string;
  /** The commit that the revision stands for. */
  readonly commit: string;
  /** The folder in the cache in which this commit's files are, as far as they were brought. */
  readonly directory: string;
  /** Whether no server is asked. */
  readonly offline: boolean;
  /** The address of a file at this commit. */
  url(file: string): string;
  /** The paths of all files that the repository has at this commit. */
  files(): Promise<string[]>;
  /**
   * Brings files into the cache, unless they are there.
   *
   * @param files paths within the repository
   * @returns where they are, in that order
   * @throws {HubError} `hub-not-found` if the repository has no such file, or offline, if it was not downloaded before;
   *   `hub-access-denied`; `hub-failed`, `hub-damaged`, after which trying again may help
   * @throws {FileError} `disk-full`, `not-writable`; or the signal's reason
   */
  bring(...files: string[]): Promise<string[]>;
}

const COMMIT = /^[0-9a-f]{40}$/;
const NAME = /^(\w[\w.-]*\/)?\w[\w.-]*$/;
const REVISION = /^(?!.*\.\.)\w[\w./@+#=-]*$/;

/**
 * Whether a name can be that of a repository on the Hub with its owner: `owner/name`.
 *
 * @example
 * console.log(isRepositoryName('owner/name'), isRepositoryName('./folder')); // true false
 */
export function isRepositoryName(name: string): boolean {
  return NAME.test(name) && name.includes('/');
}

/**
 * Opens a repository on the Hugging Face Hub: finds out which commit a revision stands for.
 *
 * Files lie in the cache of Python's `huggingface_hub`, in its layout, so that each finds what the other has downloaded:
 * `blobs/<hash>`, `snapshots/<commit>/<path>` that points there, `refs/<revision>`. A download that was interrupted
 * continues where it ended, and a file gets its name only if its hash is the repository's. What was there before is hashed
 * when it is first met, and brought again if it is another file; `verified/<hash>` notes what need not be hashed again. A commit does not
 * change: its list of files is kept too, so that nothing is asked for that is there. Only a branch or a tag is looked up.
 *
 * @param name `owner/name`
 * @throws {HubError} `hub-invalid-option`; `hub-not-found` if there is no such repository or revision, or offline, if it
 *   was not downloaded before; `hub-access-denied`; `hub-failed`; or the signal's reason
 * @example
 * const repository = await openRepository('dataset', 'owner/posts', { revision: 'v1' });
 * const [path] = await repository.bring('data/train.parquet');
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export async function openRepository(
  kind: RepositoryKind,
  name: string,
  options: HubOptions = {},
): Promise<HubRepository> {
  const { join } = nodeBuiltin('node:path', 'The Hub');
  const { revision = 'main', offline = isSet(process.env['HF_HUB_OFFLINE']) } = options;
  if (!NAME.test(name)) throw invalid(name, 'this is not the name of a repository (owner/name).');
  if (!REVISION.test(revision)) throw invalid(revision, 'this is not a branch, tag, or commit.');
  const client = hubClient(kind, name, options);
  const signal = interruption(options.signal);
  // Loaded here, so that those who read local files only never load it, and bundlers for browsers leave it alone.
  const { getHFHubCachePath, getRepoFolderName } =
    await importInNode<typeof import('@huggingface/hub')>('@huggingface/hub');
  const cache = options.cacheDirectory ?? inHome(getHFHubCachePath, 'HF_HUB_CACHE');
  const root = join(cache, getRepoFolderName({ type: kind, name }));
  const notDownloaded = (what: string): HubError =>
    new HubError(
      'hub-not-found',
      `${what} was not downloaded before, and this is offline. Download it once with a network.`,
      { place: root },
    );

  const damaged = (path: string): HubError =>
    new HubError(
      'hub-damaged',
      'this file in the cache is not what the Hub lists, and this is offline. Download it again with a network.',
      { place: path },
    );

  const reference = COMMIT.test(revision) ? undefined : join(root, 'refs', revision);
  const known = reference === undefined ? revision : offline ? await readReference(reference) : undefined;
  if (known === undefined && offline) throw notDownloaded(`${name} at ${revision}`);
  const commit = known ?? (await commitOf(client, kind, name, revision));
  const directory = join(root, 'snapshots', commit);
  const url = (file: string): string => {
    const path = file.split('/').map(encodeURIComponent).join('/');
    return `${client.endpoint}/${kind === 'dataset' ? 'datasets/' : ''}${name}/resolve/${commit}/${path}`;
  };

  let listing: Promise<ReadonlyMap<string, HubFile>> | undefined;
  const listed = (): Promise<ReadonlyMap<string, HubFile>> => {
    listing ??= readListing(join(root, 'listings', `${commit}.json`), {
      client,
      kind,
      name,
      commit,
      ...(offline && { offline: () => notDownloaded(`the list of the files of ${name}`) }),
    }).catch((error: unknown) => {
      // The next call asks again.
      listing = undefined;
      throw error;
    });
    return listing;
  };

  let doneBytes = 0;
  let totalBytes = 0;
  const bringOne = async (path: string, size: number, hash: HubFile['hash']): Promise<string> => {
    const target = join(directory, path);
    const report = (received: number): void =>
      options.onProgress?.({ file: path, receivedBytes: doneBytes + received, totalBytes });
    const isAsListed = (place: string): Promise<boolean> =>
      isVerifiedBlob(place, { size, hash }, join(root, 'verified'), signal);
    if (await isAsListed(target)) report(size);
    else if (offline)
      throw (await sizeOf(target)) === undefined ? notDownloaded(`${path} of ${name}`) : damaged(target);
    else {
      const blob = join(root, 'blobs', hash.digest);
      const download = async (): Promise<void> => {
        // Another process may have brought it in the meantime.
        if (await isAsListed(blob)) return;
        await downloadBlob(blob, { size, hash }, url(path), client, signal, report);
      };
      if (!(await isAsListed(blob))) await withLock(`${blob}.lock`, download, { signal });
      report(size);
      await point(target, blob);
      // Noted now, it need not be read again by the next process.
      await isAsListed(target);
    }
    doneBytes += size;
    return target;
  };

  return {
    kind,
    name,
    endpoint: client.endpoint,
    commit,
    directory,
    offline,
    url,
    files: async () => [...(await listed()).keys()],
    async bring(...files) {
      const has = await listed();
      const wanted = files.map((path) => {
        const file = has.get(path);
        if (file) return file;
        throw new HubError('hub-not-found', 'the repository has no such file.', { place: url(path) });
      });
      totalBytes += wanted.reduce((sum, { size }) => sum + size, 0);
      try {
        const paths: string[] = [];
        for (const { path, size, hash } of wanted) paths.push(await bringOne(path, size, hash));
        // What was downloaded may serve for the revision from now on, without a network.
        if (reference !== undefined && !offline) await writeReference(reference, commit);
        return paths;
      } catch (error) {
        throw explainFileError(error, root, 'HF_HUB_CACHE');
      }
    },
  };
}

function invalid(place: string, reason: string): HubError {
  return new HubError('hub-invalid-option', reason, { place: JSON.stringify(place) });
}

/** The commit that a revision stands for now. */
async function commitOf(
  { endpoint, fetch }: HubClient,
  kind: RepositoryKind,
  name: string,
  revision: string,
): Promise<string> {
  const { datasetInfo, modelInfo } =
    await importInNode<typeof import('@huggingface/hub')>('@huggingface/hub');
  const question = { name, revision, additionalFields: ['sha' as const], hubUrl: endpoint, fetch };
  const place = `${endpoint}/api/${kind}s/${name}`;
  const { sha } = await parseHubResponse<{ sha?: string }>(
    kind === 'dataset' ? datasetInfo(question) : modelInfo(question),
    place,
  );
  if (typeof sha === 'string' && COMMIT.test(sha)) return sha;
  throw new HubError('hub-failed', `the Hub names no commit for revision ${revision}.`, {
    place,
    expected: 'a commit',
    found: JSON.stringify(sha) ?? 'nothing',
  });
}

function downloadBlob(
  path: string,
  { size, hash }: Pick<HubFile, 'size' | 'hash'>,
  url: string,
  client: HubClient,
  signal: AbortSignal | undefined,
  onBytes: (received: number) => void,
): Promise<void> {
  return downloadVerified({
    path,
    bytes: size,
    hash,
    request: (headers, either) => client.request(url, { headers, signal: either }),
    refused: (response) => client.refusal(response, url),
    interrupted: (received, cause) => {
      const isRefused = cause instanceof PassingRefusal && cause.status === 429;
      const what = isRefused ? tooMany(cause.wait) : `the connection breaks (${describeNetwork(cause)}).`;
      return new HubError(
        'hub-failed',
        `${what} What has arrived is kept: try again, and the download continues from there.`,
        { place: url, expected: `${size} bytes`, found: String(received) },
        { cause },
      );
    },
    damaged: (found) =>
      new HubError(
        'hub-damaged',
        `what arrives has the hash of another file (${hash.algorithm}), and was removed. Download it again.`,
        { place: url, expected: hash.digest, found },
      ),
    signal,
    onBytes,
    elsewhere: 'HF_HUB_CACHE',
  });
}

/** Lets a snapshot's file be a blob: by a relative link, as Python does, or by a copy where links are not allowed. */
function point(path: string, blob: string): Promise<void> {
  const { copyFile, symlink } = nodeBuiltin('node:fs/promises', 'The Hub');
  const { dirname, relative } = nodeBuiltin('node:path', 'The Hub');
  return makeWhole(path, (temporary) =>
    symlink(relative(dirname(path), blob), temporary).catch(() => copyFile(blob, temporary)),
  );
}

async function readReference(path: string): Promise<string | undefined> {
  const { readFile } = nodeBuiltin('node:fs/promises', 'The Hub');
  const commit = (await readFile(path, 'utf8').catch(() => '')).trim();
  return COMMIT.test(commit) ? commit : undefined;
}

async function writeReference(path: string, commit: string): Promise<void> {
  if ((await readReference(path)) !== commit) await keptIfWritable(writeWhole(path, commit));
}

async function sizeOf(path: string): Promise<number | undefined> {
  const { stat } = nodeBuiltin('node:fs/promises', 'The Hub');
  const found = await stat(path).catch(() => undefined);
  return found?.size;
}

function isSet(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? '');
}
