import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const COMMIT: string = 'c'.repeat(40);
export const REPOSITORY = 'owner/model';

/** How the server departs from what the Hub does. */
export interface HubFaults {
  /** Ends the connection after so many bytes of a file's body; one entry a request, in order. */
  cutAfter?: number[];
  /** Sends whole files whatever range is asked for. */
  ignoresRanges?: boolean;
  /** Sends other bytes than the listing's hash is of. */
  corrupts?: string;
  /** Answers 416 to every range. */
  refusesRanges?: boolean;
  /** Files answer 503 so many times. */
  busy?: number;
}

export interface HubRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  readonly host: string | undefined;
}

/**
 * A server on this machine that answers as the Hub does: model information, file listing in pages, `resolve` that
 * redirects files of LFS to another host with the hash in `X-Linked-Etag`, ranges, and `X-Error-Code` in refusals.
 */
export class HubServer {
  readonly requests: HubRequest[] = [];
  faults: HubFaults = {};
  /** A token that the repository asks for. */
  token: string | undefined;
  gated = false;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #server: Server;

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = files;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, resolve));
    return `http://127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The ranges that were asked of a file's bytes. */
  ranges(): (string | undefined)[] {
    return this.requests.filter(({ path }) => path.startsWith('/cdn/')).map(({ range }) => range);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const { range, authorization, host } = request.headers;
    this.requests.push({ path, range, authorization, host });
    const refuse = (status: number, code: string): void => {
      response.writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: code }));
    };
    const json = (value: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    };
    if (path.startsWith('/cdn/')) {
      this.#send(path.slice(5), request, response);
      return;
    }
    const [, revision] = new RegExp(`^/api/models/${REPOSITORY}/revision/(.+)$`).exec(path) ?? [];
    const name = path.slice(`/${REPOSITORY}/resolve/${COMMIT}/`.length);
    const content = path.startsWith(`/${REPOSITORY}/resolve/${COMMIT}/`) ? this.#files.get(name) : undefined;
    if (this.token !== undefined && authorization !== `Bearer ${this.token}`) {
      if (this.gated) refuse(403, 'GatedRepo');
      else refuse(401, 'RepoNotFound');
    } else if (revision === 'main' || revision === COMMIT) {
      json({ _id: '1', id: REPOSITORY, sha: COMMIT, lastModified: '2026-01-01T00:00:00.000Z' });
    } else if (revision !== undefined) {
      refuse(404, 'RevisionNotFound');
    } else if (path === `/api/models/${REPOSITORY}/tree/${COMMIT}`) {
      const entries = [...this.#files].map(([file, bytes]) => entryOf(file, bytes));
      const half = Math.ceil(entries.length / 2);
      if (searchParams.get('cursor')) json(entries.slice(half));
      else json(entries.slice(0, half), { link: `<http://${host}${path}?cursor=2>; rel="next"` });
    } else if (content === undefined) {
      refuse(404, path.startsWith(`/${REPOSITORY}/`) ? 'EntryNotFound' : 'RepoNotFound');
    } else if (isLarge(name)) {
      response.writeHead(302, {
        location: `http://localhost:${this.#port}/cdn/${name}`,
        'x-linked-etag': `"${createHash('sha256').update(content).digest('hex')}"`,
        'x-linked-size': String(content.length),
      });
      response.end();
    } else this.#send(name, request, response);
  }

  #send(name: string, request: IncomingMessage, response: ServerResponse): void {
    const { faults } = this;
    let content = this.#files.get(name) as Uint8Array;
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
    if (cut === undefined || cut >= part.length) {
      response.end(part);
      return;
    }
    response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  }
}

function isLarge(name: string): boolean {
  return name.endsWith('.safetensors');
}

function entryOf(name: string, content: Uint8Array): object {
  const git = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const sha256 = createHash('sha256').update(content).digest('hex');
  return {
    type: 'file',
    path: name,
    size: content.length,
    oid: isLarge(name) ? 'a'.repeat(40) : git,
    ...(isLarge(name) && { lfs: { oid: sha256, size: content.length, pointerSize: 135 } }),
  };
}
