import { CONFIGURATION_FILE, exists, INDEX_FILE, readIndex, WEIGHTS_FILE } from './checkpoint/checkpoint.js';
import { COMPANION_FILES } from './checkpoint/companion-files.js';
import { downloadBlob, type RepositoryFile } from './download-blob.js';
import { withLock } from './download-lock.js';
import { CheckpointError, LanguageModelError, shown } from './errors.js';
import { writeFailure } from './files.js';
import { type HubClient, type HubOptions, hubClient } from './hub-client.js';
import { nodeBuiltin } from './node-builtins.js';

export type { DownloadProgress, HubOptions } from './hub-client.js';

const COMMIT = /^[0-9a-f]{40}$/;
const REVISION = /^(?!.*\.\.)[\w][\w./-]*$/;

/** Whether a name can be that of a repository on the Hub: `owner/name`. */
export function isRepositoryName(name: string): boolean {
  return /^\w[\w.-]*\/\w[\w.-]*$/.test(name);
}

/**
 * Downloads a model from the Hugging Face Hub, once, and says in which folder it is: configuration, weights
 * (safetensors) and tokenizer. `loadPretrained` does the same; the folder serves whatever else reads a model's files,
 * such as `loadTokenizer` of `@ais/data`.
 *
 * Files lie in the cache of Python's `huggingface_hub`, in its layout, so that both find what the other has downloaded.
 * A download that was interrupted goes on where it ended, and every file's hash is compared with the repository's. A
 * commit that is there already is not asked for again; for a branch or tag, the Hub is asked which commit it is.
 *
 * @param repository `owner/name`
 * @returns the snapshot's folder
 * @throws {CheckpointError} `checkpoint-not-found`, `access-denied`, `download-failed`, `checkpoint-corrupt`,
 *   `checkpoint-unwritable`; or the signal's reason
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export async function downloadPretrained(repository: string, options: HubOptions = {}): Promise<string> {
  const { join } = nodeBuiltin('node:path');
  const { revision = 'main', offline = isSet(process.env['HF_HUB_OFFLINE']) } = options;
  if (!isRepositoryName(repository)) {
    throw new LanguageModelError(
      'invalid-option',
      `${shown(repository)} is no repository's name (owner/name).`,
    );
  }
  if (!REVISION.test(revision)) {
    throw new LanguageModelError('invalid-option', `${shown(revision)} is no branch, tag or commit.`);
  }
  // Loaded here, so that whoever reads local folders only never loads it.
  const { getHFHubCachePath, getRepoFolderName } = await import('@huggingface/hub');
  const root = join(
    options.cacheDirectory ?? getHFHubCachePath(),
    getRepoFolderName({ type: 'model', name: repository }),
  );
  const known = COMMIT.test(revision) ? revision : offline ? await readReference(root, revision) : undefined;
  const cached = known && join(root, 'snapshots', known);
  if (cached && (await isComplete(cached))) return cached;
  if (offline) {
    throw new CheckpointError(
      'checkpoint-not-found',
      `${repository} at ${revision} was not downloaded before, and this is offline. Download it once with a network.`,
      { file: root },
    );
  }
  try {
    return await downloadSnapshot(root, repository, options);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException | null)?.code;
    // A system's error: everything else has a class of its own.
    throw cause instanceof LanguageModelError || !/^E[A-Z]+$/.test(code ?? '')
      ? cause
      : writeFailure(root, cause);
  }
}

async function downloadSnapshot(root: string, repository: string, options: HubOptions): Promise<string> {
  const { mkdir, writeFile, rename } = nodeBuiltin('node:fs/promises');
  const { dirname, join } = nodeBuiltin('node:path');
  const { revision = 'main', signal, onProgress } = options;
  const client = hubClient(repository, options);
  const commit = await commitOf(client, repository, revision);
  const listed = await rootFiles(client, repository, commit);
  const snapshot = join(root, 'snapshots', commit);
  const blobs = join(root, 'blobs');
  await mkdir(snapshot, { recursive: true });
  await mkdir(blobs, { recursive: true });

  let doneBytes = 0;
  let totalBytes = 0;
  const bring = async (file: RepositoryFile): Promise<void> => {
    const blob = join(blobs, file.hash.digest);
    const report = (received: number): void =>
      onProgress?.({ file: file.name, receivedBytes: doneBytes + received, totalBytes });
    await withLock(blob, signal, async () => {
      if ((await sizeOf(blob)) === file.size) return report(file.size);
      const url = `${client.endpoint}/${repository}/resolve/${commit}/${file.name}`;
      await downloadBlob(blob, { url, file, fetch: client.fetch, signal, onBytes: report });
    });
    doneBytes += file.size;
    await point(join(snapshot, file.name), blob);
  };

  const missing = (name: string): never => {
    const weights = [...listed.keys()].filter((each) => /\.(bin|safetensors|pt|h5|msgpack|gguf)$/.test(each));
    throw new CheckpointError('checkpoint-not-found', 'the repository has no such file.', {
      file: `${client.endpoint}/${repository}/resolve/${commit}/${name}`,
      expected: `${CONFIGURATION_FILE}, and ${WEIGHTS_FILE} or ${INDEX_FILE}`,
      found: weights.slice(0, 8).join(', ') || 'no weights',
    });
  };
  const configuration = listed.get(CONFIGURATION_FILE) ?? missing(CONFIGURATION_FILE);
  const companions = COMPANION_FILES.flatMap((name) => listed.get(name) ?? []);
  const whole = listed.get(WEIGHTS_FILE);
  const index = whole ? undefined : (listed.get(INDEX_FILE) ?? missing(WEIGHTS_FILE));
  totalBytes = index?.size ?? 0;
  if (index) await bring(index);
  const shards = index ? new Set(Object.values(await readIndex(join(snapshot, INDEX_FILE)))) : [];
  const weights = whole ? [whole] : [...shards].map((name) => listed.get(name) ?? missing(name));
  // The configuration last: where it is, the rest is.
  const files = [...companions, ...weights, configuration];
  totalBytes = files.reduce((sum, { size }) => sum + size, doneBytes);
  for (const file of files) await bring(file);

  if (!COMMIT.test(revision)) {
    const reference = join(root, 'refs', revision);
    await mkdir(dirname(reference), { recursive: true });
    await writeFile(`${reference}.${process.pid}.tmp`, commit);
    await rename(`${reference}.${process.pid}.tmp`, reference);
  }
  return snapshot;
}

/** The commit that a revision is now. */
async function commitOf(
  { endpoint, fetch }: HubClient,
  repository: string,
  revision: string,
): Promise<string> {
  const { modelInfo } = await import('@huggingface/hub');
  const ask = modelInfo({ name: repository, revision, additionalFields: ['sha'], hubUrl: endpoint, fetch });
  const { sha } = await understood(ask, `${endpoint}/api/models/${repository}`);
  if (typeof sha === 'string' && COMMIT.test(sha)) return sha;
  throw new CheckpointError('download-failed', 'the Hub names no commit for it.', {
    file: `${endpoint}/${repository}`,
    expected: 'a commit',
    found: shown(sha),
  });
}

/** The files in a repository's root folder, by name, with the hashes that they must have. */
async function rootFiles(
  { endpoint, fetch }: HubClient,
  repository: string,
  commit: string,
): Promise<Map<string, RepositoryFile>> {
  const { listFiles } = await import('@huggingface/hub');
  const listing = listFiles({
    repo: { type: 'model', name: repository },
    revision: commit,
    hubUrl: endpoint,
    fetch,
  });
  const place = `${endpoint}/api/models/${repository}/tree/${commit}`;
  const files = new Map<string, RepositoryFile>();
  for (
    let next = await understood(listing.next(), place);
    !next.done;
    next = await understood(listing.next(), place)
  ) {
    const { type, path, size, oid, lfs } = next.value;
    if (type !== 'file') continue;
    const hash = lfs
      ? { algorithm: 'sha256' as const, digest: lfs.oid }
      : { algorithm: 'git-sha1' as const, digest: oid ?? '' };
    const isDigest = hash.algorithm === 'sha256' ? /^[0-9a-f]{64}$/ : COMMIT;
    if (!isDigest.test(hash.digest) || !Number.isSafeInteger(size) || size < 0) {
      throw new CheckpointError('download-failed', 'the Hub says no size and hash of it.', {
        file: `${place}/${path}`,
        expected: 'a size and a hash',
        found: shown({ size, oid, lfs }),
      });
    }
    files.set(path, { name: path, size, hash });
  }
  return files;
}

/** An answer of the Hub; one that is not what the Hub says is an error of this package. */
async function understood<Answer>(answer: Promise<Answer>, place: string): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    if (
      cause instanceof LanguageModelError ||
      !(cause instanceof SyntaxError || cause instanceof TypeError)
    ) {
      throw cause;
    }
    throw new CheckpointError(
      'download-failed',
      'what answers there is not the Hub. Check HF_ENDPOINT.',
      { file: place },
      { cause },
    );
  }
}

/** Lets a snapshot's file be that blob: by a relative link, as Python does, or by a copy where links are not allowed. */
async function point(path: string, blob: string): Promise<void> {
  const { copyFile, rename, symlink } = nodeBuiltin('node:fs/promises');
  const { dirname, relative } = nodeBuiltin('node:path');
  const temporary = `${path}.${process.pid}.tmp`;
  await symlink(relative(dirname(path), blob), temporary).catch(() => copyFile(blob, temporary));
  await rename(temporary, path);
}

async function readReference(root: string, revision: string): Promise<string | undefined> {
  const { readFile } = nodeBuiltin('node:fs/promises');
  const text = await readFile(nodeBuiltin('node:path').join(root, 'refs', revision), 'utf8').catch(() => '');
  return COMMIT.test(text.trim()) ? text.trim() : undefined;
}

async function isComplete(snapshot: string): Promise<boolean> {
  const { join } = nodeBuiltin('node:path');
  const has = (name: string): Promise<boolean> => exists(join(snapshot, name));
  if (!(await has(CONFIGURATION_FILE))) return false;
  if (await has(WEIGHTS_FILE)) return true;
  if (!(await has(INDEX_FILE))) return false;
  const shards = new Set(Object.values(await readIndex(join(snapshot, INDEX_FILE))));
  return (await Promise.all([...shards].map(has))).every(Boolean);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return nodeBuiltin('node:fs/promises')
    .stat(path)
    .then(
      ({ size }) => size,
      () => undefined,
    );
}

function isSet(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? '');
}
