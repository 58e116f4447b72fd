import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on the loopback interface that answers as the Hub does, for one repository. */
export interface HubServer {
  readonly endpoint: string;
  /** What was asked for, in order: method, path, and range where there was one. */
  readonly requests: string[];
  /** The next answers with content end after so many bytes, as when the line breaks. */
  cutNextAfter(...bytes: number[]): void;
  close(): Promise<void>;
}

export interface HubServerOptions {
  /** `dataset` by default. */
  readonly kind?: 'dataset' | 'model';
  readonly repository: string;
  readonly commit: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What the listing says of a file, in place of the truth. */
  readonly claims?: Readonly<Record<string, { sha256: string }>>;
  readonly token?: string;
}

/**
 * As huggingface.co: revisions and trees below /api, pages of a listing linked by `Link`, large files redirected to a
 * store of their own, small ones answered at once, ranges honored, 401 for who may not see it.
 */
export async function startHubServer(options: HubServerOptions): Promise<HubServer> {
  const { kind = 'dataset', repository, commit, files, claims = {}, token } = options;
  const api = `/api/${kind}s/${repository}`;
  const content = kind === 'dataset' ? `/datasets/${repository}` : `/${repository}`;
  const requests: string[] = [];
  let cuts: number[] = [];
  const names = [...files.keys()].sort();
  const isLarge = (name: string): boolean => name.endsWith('.parquet');
  const hash = (kind: string, ...parts: (string | Uint8Array)[]): string =>
    parts.reduce((digest, part) => digest.update(part), createHash(kind)).digest('hex');
  const entry = (path: string) => {
    const bytes = files.get(path) as Uint8Array;
    const git = hash('sha1', `blob ${bytes.length}\0`, bytes);
    const sha256 = claims[path]?.sha256 ?? hash('sha256', bytes);
    const lfs = isLarge(path) ? { lfs: { oid: sha256, size: bytes.length, pointerSize: 130 } } : {};
    return { type: 'file', path, size: bytes.length, oid: isLarge(path) ? 'f'.repeat(40) : git, ...lfs };
  };
  const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  const send = (response: ServerResponse, name: string, range: string | undefined): void => {
    const bytes = files.get(name) as Uint8Array;
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const start = Number(from ?? 0);
    const end = to ? Math.min(Number(to) + 1, bytes.length) : bytes.length;
    const content = bytes.subarray(start, end);
    response.writeHead(range === undefined ? 200 : 206, {
      'content-length': content.length,
      etag: `"${hash('md5', bytes)}"`,
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
    });
    const cut = content.length > 1 ? cuts.shift() : undefined;
    if (cut === undefined) response.end(content);
    else response.write(content.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://hub');
    const { range, authorization } = request.headers;
    requests.push([request.method, decodeURIComponent(pathname), range].filter(Boolean).join(' '));
    const path = decodeURIComponent(pathname);
    if (path.startsWith('/store/')) return send(response, path.slice('/store/'.length), range);
    const isKnown = path.startsWith(`${api}/`) || path.startsWith(`${content}/`);
    const isAllowed = token === undefined || authorization === `Bearer ${token}`;
    if (!isKnown || !isAllowed) return json(response, 401, { error: 'Invalid username or password.' });
    if (path === `${api}/revision/main` || path.endsWith(`/revision/${commit}`)) {
      return json(response, 200, {
        _id: '1',
        id: repository,
        sha: commit,
        lastModified: '2024-01-01T00:00:00Z',
      });
    }
    if (path.startsWith(`${api}/revision/`)) {
      return json(response, 404, { error: `Invalid rev id` }, { 'x-error-code': 'RevisionNotFound' });
    }
    if (path === `${api}/tree/${commit}`) {
      const start = Number(searchParams.get('cursor') ?? 0);
      const next = `<http://${request.headers.host}${pathname}?recursive=true&cursor=${start + 2}>; rel="next"`;
      return json(
        response,
        200,
        names.slice(start, start + 2).map(entry),
        start + 2 < names.length ? { link: next } : {},
      );
    }
    const name = path.slice(`${content}/resolve/${commit}/`.length);
    if (!files.has(name))
      return json(response, 404, { error: 'Entry not found' }, { 'x-error-code': 'EntryNotFound' });
    if (!isLarge(name)) return send(response, name, range);
    const { lfs } = entry(name);
    response
      .writeHead(302, {
        location: `/store/${name}`,
        'x-linked-etag': `"${lfs?.oid}"`,
        'x-repo-commit': commit,
      })
      .end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cutNextAfter(...bytes) {
      cuts = bytes;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
