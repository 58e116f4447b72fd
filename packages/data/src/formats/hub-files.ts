import { DataError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';

/** How a repository on the Hugging Face Hub is reached and kept; the names are those of `loadPretrained`. */
export interface HubOptions {
  /** A branch, tag or commit; `main` by default. Pin a commit: then nothing is looked up that is in the cache. */
  revision?: string;
  /** Where files are kept; as of Python's `huggingface_hub` by default (HF_HUB_CACHE, HF_HOME). */
  cacheDirectory?: string;
  /** The Hub's address; the environment's HF_ENDPOINT, or https://huggingface.co, by default. */
  endpoint?: string;
  /** For private and gated repositories; the environment's HF_TOKEN by default. */
  token?: string;
}

type RepositoryKind = 'dataset' | 'model';

/** Which repository, and how it is reached. */
export interface HubAccess {
  readonly kind: RepositoryKind;
  readonly repository: string;
  /** The Hub's address, without a slash at its end. */
  readonly endpoint: string;
  readonly token?: string;
  /** The folder of this repository in the cache. */
  readonly folder: string;
}

/** A file of a repository at a commit. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of a file kept in large-file storage; Git's object id, a SHA-1, of any other. */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly digest: string };
}

const COMMIT = /^[0-9a-f]{40}$/;
const ATTEMPTS = 3;

export async function hubAccess(
  kind: RepositoryKind,
  repository: string,
  options: HubOptions,
): Promise<HubAccess> {
  const { join } = nodeBuiltin('node:path', 'Reading from the Hub');
  const { getHFHubCachePath, getRepoFolderName } = await import('@huggingface/hub');
  const { env } = process;
  const token = options.token ?? env['HF_TOKEN'];
  const cache = options.cacheDirectory ?? getHFHubCachePath();
  return {
    kind,
    repository,
    endpoint: (options.endpoint ?? env['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(/\/+$/, ''),
    folder: join(cache, getRepoFolderName({ type: kind, name: repository })),
    ...(token === undefined ? {} : { token }),
  };
}

/** The commit that a revision stands for; one that is a commit already is not looked up. */
export async function resolveCommit(access: HubAccess, revision: string): Promise<string> {
  if (COMMIT.test(revision)) return revision;
  const { datasetInfo, modelInfo } = await import('@huggingface/hub');
  const asked = { name: access.repository, revision, additionalFields: ['sha' as const] };
  const { sha } = await onHub(access, `its revision ${revision} cannot be looked up`, () =>
    access.kind === 'dataset'
      ? datasetInfo({ ...asked, ...credentials(access) })
      : modelInfo({ ...asked, ...credentials(access) }),
  );
  if (typeof sha === 'string' && COMMIT.test(sha)) return sha;
  throw failed(
    access,
    `the Hub says that revision ${revision} is ${JSON.stringify(sha)}, which is no commit`,
  );
}

/** All files at a commit, from the cache where they are known there: a commit does not change. */
export async function listFilesAt(access: HubAccess, commit: string): Promise<HubFile[]> {
  const { readFile } = nodeBuiltin('node:fs/promises', 'Reading from the Hub');
  const { join } = nodeBuiltin('node:path', 'Reading from the Hub');
  const listing = join(access.folder, 'listings', `${commit}.json`);
  const known = await readFile(listing, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as HubFile[];

  const { listFiles } = await import('@huggingface/hub');
  const files = await onHub(access, `the files of commit ${commit} cannot be listed`, async () => {
    const found: HubFile[] = [];
    const repo = { type: access.kind, name: access.repository };
    for await (const entry of listFiles({
      repo,
      revision: commit,
      recursive: true,
      ...credentials(access),
    })) {
      if (entry.type !== 'file') continue;
      const digest = entry.lfs?.oid ?? entry.oid ?? '';
      found.push({
        path: entry.path,
        size: entry.lfs?.size ?? entry.size,
        hash: { kind: entry.lfs === undefined ? 'git' : 'sha256', digest },
      });
    }
    return found;
  });
  await writeWhole(listing, JSON.stringify(files));
  return files;
}

/**
 * The path of a file in the cache, where it is brought to if it is not there.
 *
 * The cache is laid out as Python's `huggingface_hub` lays it out, so that what one has brought the other finds:
 * `blobs/{hash}`, and `snapshots/{commit}/{path}` that points there. What was cut off goes on where it stopped. A file
 * gets its name only after its hash was compared.
 */
export async function bringFile(access: HubAccess, commit: string, file: HubFile): Promise<string> {
  const { mkdir, rename, rm, stat, symlink } = nodeBuiltin('node:fs/promises', 'Reading from the Hub');
  const { dirname, join, relative, resolve, sep } = nodeBuiltin('node:path', 'Reading from the Hub');
  const snapshots = join(access.folder, 'snapshots', commit);
  const path = resolve(snapshots, file.path);
  if (!path.startsWith(resolve(snapshots) + sep) || !/^[0-9a-f]{40,64}$/.test(file.hash.digest)) {
    throw failed(access, `the Hub lists a file ${JSON.stringify(file.path)} with hash ${file.hash.digest}`);
  }
  const sizeOf = async (name: string): Promise<number | undefined> =>
    (await stat(name).catch(() => undefined))?.size;
  if ((await sizeOf(path)) === file.size) return path;

  const blob = join(access.folder, 'blobs', file.hash.digest);
  if ((await sizeOf(blob)) !== file.size) {
    const unfinished = `${blob}.incomplete`;
    await mkdir(dirname(blob), { recursive: true });
    await download(access, commit, file, unfinished);
    const digest = await hashFile(unfinished, file);
    if (digest !== file.hash.digest) {
      await rm(unfinished);
      throw new DataError(
        'damaged-file',
        `${access.repository}: ${file.path} has the hash ${digest} where the Hub says ${file.hash.digest}. What was brought is removed; bring it again.`,
        { fault: 'damaged-file', place: { file: file.path } },
      );
    }
    await rename(unfinished, blob);
  }
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink(relative(dirname(path), blob), path);
  return path;
}

async function download(access: HubAccess, commit: string, file: HubFile, target: string): Promise<void> {
  const { stat } = nodeBuiltin('node:fs/promises', 'Reading from the Hub');
  const { createWriteStream } = nodeBuiltin('node:fs', 'Reading from the Hub');
  const { Readable } = nodeBuiltin('node:stream', 'Reading from the Hub');
  const { pipeline } = nodeBuiltin('node:stream/promises', 'Reading from the Hub');
  const { downloadFile } = await import('@huggingface/hub');
  const repo = { type: access.kind, name: access.repository };
  for (let attempt = 1; ; attempt++) {
    const present = (await stat(target).catch(() => undefined))?.size ?? 0;
    // More than there is to bring is of something else.
    const start = present > file.size ? 0 : present;
    if (start === file.size && file.size > 0) return;
    try {
      const blob = await downloadFile({ repo, path: file.path, revision: commit, ...credentials(access) });
      if (blob === null) throw new Error('it is not there');
      const rest = start === 0 ? blob : blob.slice(start);
      const body = Readable.fromWeb(rest.stream() as import('node:stream/web').ReadableStream);
      await pipeline(body, createWriteStream(target, { flags: start === 0 ? 'w' : 'a' }));
      const size = (await stat(target)).size;
      if (size === file.size) return;
      throw new Error(`it has ${size} bytes where the Hub says ${file.size}`);
    } catch (cause) {
      if (attempt < ATTEMPTS && !isRefusal(cause)) continue;
      throw failed(access, `${file.path} cannot be brought`, cause);
    }
  }
}

async function hashFile(path: string, { size, hash }: HubFile): Promise<string> {
  const { createHash } = nodeBuiltin('node:crypto', 'Reading from the Hub');
  const { createReadStream } = nodeBuiltin('node:fs', 'Reading from the Hub');
  const digest = createHash(hash.kind === 'sha256' ? 'sha256' : 'sha1');
  if (hash.kind === 'git') digest.update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path)) digest.update(chunk);
  return digest.digest('hex');
}

/** Writes a file under its name only when it is whole. */
async function writeWhole(path: string, content: string): Promise<void> {
  const { mkdir, rename, writeFile } = nodeBuiltin('node:fs/promises', 'Reading from the Hub');
  const { dirname } = nodeBuiltin('node:path', 'Reading from the Hub');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.incomplete`, content);
  await rename(`${path}.incomplete`, path);
}

function credentials({ endpoint, token }: HubAccess): { hubUrl: string; accessToken?: string } {
  return { hubUrl: endpoint, ...(token === undefined ? {} : { accessToken: token }) };
}

async function onHub<T>(access: HubAccess, what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw failed(access, what, cause);
  }
}

/** The Hub's own no, which asking again does not change. */
function isRefusal(cause: unknown): boolean {
  const status = (cause as { statusCode?: number }).statusCode;
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
}

export function failed({ repository, endpoint }: HubAccess, what: string, cause?: unknown): DataError {
  const why = cause === undefined ? '' : `: ${(cause as Error).message}`;
  return new DataError(
    'hub-failed',
    `${repository} on ${endpoint}: ${what}${why}. Check the name, the network, and the token of a private repository (token, or HF_TOKEN).`,
    { cause, place: { file: repository } },
  );
}
