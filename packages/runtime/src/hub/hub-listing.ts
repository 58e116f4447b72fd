import type { ContentHash } from '../download/download-verified.js';
import { HubError } from '../errors.js';
import { readJson, writeJson } from '../files/json-files.js';
import { importInNode } from '../host.js';
import type { HubClient } from './hub-client.js';
import type { RepositoryKind } from './hub-options.js';
import { keptIfWritable } from './kept-if-writable.js';
import { parseHubResponse } from './parse-hub-response.js';

/** A file of a repository at a commit. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of a file kept in large-file storage; Git's object id, a SHA-1, of any other. */
  readonly hash: ContentHash;
}

interface ListingOptions {
  readonly client: HubClient;
  readonly kind: RepositoryKind;
  readonly name: string;
  readonly commit: string;
  /** The error if the list is not kept and no server may be asked. */
  readonly offline?: () => HubError;
}

/** All files at a commit, by path; from `kept` if they were listed before, since a commit does not change. */
export async function readListing(
  kept: string,
  options: ListingOptions,
): Promise<ReadonlyMap<string, HubFile>> {
  const known = await readJson<unknown>(kept).catch(() => undefined);
  if (Array.isArray(known) && known.every(isHubFile)) return byPath(known);
  if (options.offline) throw options.offline();
  const files = await askForListing(options);
  await keptIfWritable(writeJson(kept, files));
  return byPath(files);
}

async function askForListing({
  client: { endpoint, fetch },
  kind,
  name,
  commit,
}: ListingOptions): Promise<HubFile[]> {
  const { listFiles } = await importInNode<typeof import('@huggingface/hub')>('@huggingface/hub');
  const place = `${endpoint}/api/${kind}s/${name}/tree/${commit}`;
  const refused = (reason: string): HubError => new HubError('hub-failed', reason, { place });
  let pages = 0;
  const page: typeof fetch = (input, init) => {
    if (++pages > MOST_PAGES)
      throw refused(`its list of files has more than ${MOST_PAGES} pages. Check HF_ENDPOINT.`);
    return fetch(input, init);
  };
  const entries = listFiles({
    repo: { type: kind, name },
    revision: commit,
    recursive: true,
    hubUrl: endpoint,
    fetch: page,
  });
  const files: HubFile[] = [];
  const read = async (): Promise<void> => {
    for await (const { type, path, size, oid, lfs } of entries) {
      if (type !== 'file') continue;
      const hash = lfs
        ? { algorithm: 'sha256', digest: lfs.oid }
        : { algorithm: 'git-sha1', digest: oid ?? '' };
      const file = { path, size: lfs?.size ?? size, hash };
      if (!isHubFile(file)) {
        throw new HubError('hub-failed', 'the Hub does not list it properly.', {
          place: `${place}/${path}`,
          expected: 'a path, a size, and a hash',
          found: JSON.stringify(file),
        });
      }
      files.push(file);
    }
  };
  await parseHubResponse(read(), place);
  return files;
}

/** Of a thousand files each; the largest repositories have a few hundred. */
const MOST_PAGES = 2000;

/** Whether this is a file whose path stays in its folder, with a hash that is one. */
function isHubFile(value: unknown): value is HubFile {
  const { path, size, hash } = (value ?? {}) as Partial<HubFile>;
  if (typeof path !== 'string') return false;
  if (path.split(/[/\\]/).some((part) => part === '' || part === '.' || part === '..')) return false;
  const digest = hash?.algorithm === 'sha256' ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/;
  return (
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    (hash?.algorithm === 'sha256' || hash?.algorithm === 'git-sha1') &&
    digest.test(hash.digest)
  );
}

const byPath = (files: readonly HubFile[]): ReadonlyMap<string, HubFile> =>
  new Map(files.map((file) => [file.path, file]));
