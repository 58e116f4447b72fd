import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server serves: one repository at one commit, which its branch `main` stands for. */
export interface HubServerOptions {
  readonly kind: 'dataset' | 'model';
  /** `owner/name`. */
  readonly repository: string;
  readonly commit: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The SHA-256 that the listing says of a large file, in place of the truth. */
  readonly claims?: Readonly<Record<string, string>>;
  /** A token that the repository asks for. */
  readonly token?: string;
}

/** How the server departs from what the Hub does. */
export interface HubFaults {
  /** Ends the connection after this many bytes of a large file's body; one entry per request, in order. */
  cutAfter?: number[];
  /** Sends whole files whatever range is asked for. */
  ignoresRanges?: boolean;
  /** Sends other bytes than the listing's hash is of. */
  corrupts?: string;
  /** Answers 416 to every range. */
  refusesRanges?: boolean;
  /** Files answer 503 this many times. */
  busy?: number;
  /** Where the next pages of a listing are, in place of the Hub's own address. */
  pagesAt?: string;
  /** Where every question about the repository is sent on to. */
  redirectsTo?: string;
}

export interface HubRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  readonly host: string | undefined;
}

/** A file to send, or what to answer in place of one. */
interface Reply {
  readonly send?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

const PAGE = 2;

/**
 * A server on this machine that answers as the Hub does: information about a revision, file listings in pages, `resolve`
 * that redirects large files (Parquet, safetensors) to another host, ranges, and `X-Error-Code` in refusals.
 */
export class HubServer {
  readonly requests: HubRequest[] = [];
  faults: HubFaults = {};
  token: string | undefined;
  gated = false;
  readonly #options: HubServerOptions;
  readonly #server: Server;

  static async start(options: HubServerOptions): Promise<HubServer> {
    const hub = new HubServer(options);
    await new Promise<void>((resolve) => hub.#server.listen(0, resolve));
    return hub;
  }

  private constructor(options: HubServerOptions) {
    this.#options = options;
    this.token = options.token;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** The same server under another name, and so another origin. */
  get elsewhere(): string {
    return `http://localhost:${this.#port}`;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The requests for the bytes of large files, each with its range. */
  downloads(): HubRequest[] {
    return this.requests.filter(({ path }) => path.startsWith('/cdn/'));
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const path = decodeURIComponent(pathname);
    const { range, authorization, host } = request.headers;
    this.requests.push({ path, range, authorization, host });
    const { send, status = 200, headers = {}, json } = this.#reply(path, searchParams, authorization);
    if (send !== undefined) this.#send(send, request, response);
    else {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(json));
    }
  }

  #reply(path: string, search: URLSearchParams, authorization: string | undefined): Reply {
    const { kind, repository, commit, files } = this.#options;
    if (path.startsWith('/cdn/')) return { send: path.slice(5) };
    const { redirectsTo } = this.faults;
    if (redirectsTo !== undefined) return { status: 307, headers: { location: `${redirectsTo}${path}` } };
    const api = `/api/${kind}s/${repository}/`;
    const content = `${kind === 'dataset' ? '/datasets' : ''}/${repository}/`;
    const isHere = path.startsWith(api) || path.startsWith(content);
    const isAllowed = this.token === undefined || authorization === `Bearer ${this.token}`;
    if (isHere && this.gated && !isAllowed) return refusal(403, 'GatedRepo');
    if (!isHere || !isAllowed) {
      // Who is not known is not told what exists.
      return authorization === undefined
        ? refusal(401, 'RepoNotFound', 'Invalid username or password.')
        : refusal(404, 'RepoNotFound', 'Repository not found');
    }
    if (path.startsWith(`${api}revision/`)) {
      const revision = path.slice(`${api}revision/`.length);
      if (revision !== 'main' && revision !== commit) return refusal(404, 'RevisionNotFound');
      return { json: { _id: '1', id: repository, sha: commit, lastModified: '2026-01-01T00:00:00.000Z' } };
    }
    if (path === `${api}tree/${commit}`) {
      const names = [...files.keys()].sort();
      const start = Number(search.get('cursor') ?? 0);
      const next = `<${this.faults.pagesAt ?? this.endpoint}${path}?recursive=true&cursor=${start + PAGE}>; rel="next"`;
      return {
        json: names.slice(start, start + PAGE).map((name) => this.#entry(name)),
        headers: start + PAGE < names.length ? { link: next } : {},
      };
    }
    const name = path.slice(`${content}resolve/${commit}/`.length);
    if (!files.has(name)) return refusal(404, 'EntryNotFound');
    if (!isLarge(name)) return { send: name };
    return {
      status: 302,
      headers: {
        location: `http://localhost:${this.#port}/cdn/${name}`,
        'x-linked-etag': `"${hashOf('sha256', this.#content(name))}"`,
        'x-linked-size': String(this.#content(name).length),
      },
    };
  }

  #send(name: string, request: IncomingMessage, response: ServerResponse): void {
    const { faults } = this;
    let content = this.#content(name);
    if (faults.busy) {
      faults.busy -= 1;
      response.writeHead(503).end();
      return;
    }
    if (faults.corrupts === name) {
      content = Uint8Array.from(content);
      content[content.length - 1] = (content[content.length - 1] as number) ^ 1;
    }
    const [, from] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
    const start = from === undefined || faults.ignoresRanges ? 0 : Number(from);
    if (from !== undefined && (faults.refusesRanges || start >= content.length)) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const part = content.subarray(start);
    const isPart = from !== undefined && !faults.ignoresRanges;
    response.writeHead(isPart ? 206 : 200, {
      'content-length': String(part.length),
      'accept-ranges': 'bytes',
      ...(isPart && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    const cut = isLarge(name) ? faults.cutAfter?.shift() : undefined;
    if (cut === undefined || cut >= part.length) response.end(part);
    else response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  }

  #entry(path: string): object {
    const content = this.#content(path);
    const size = content.length;
    if (!isLarge(path)) return { type: 'file', path, size, oid: hashOf('sha1', `blob ${size}\0`, content) };
    const oid = this.#options.claims?.[path] ?? hashOf('sha256', content);
    return { type: 'file', path, size, oid: 'a'.repeat(40), lfs: { oid, size, pointerSize: 135 } };
  }

  #content(name: string): Uint8Array {
    return this.#options.files.get(name) as Uint8Array;
  }
}

function refusal(status: number, code: string, error: string = code): Reply {
  return { status, json: { error }, headers: { 'x-error-code': code } };
}

function isLarge(name: string): boolean {
  return /\.(safetensors|parquet)$/.test(name);
}

function hashOf(algorithm: string, ...parts: (string | Uint8Array)[]): string {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
