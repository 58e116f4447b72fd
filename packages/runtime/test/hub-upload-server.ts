import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A step of an upload, in the order in which the Hub is asked. */
export type UploadStep = 'look' | 'create' | 'preupload' | 'batch' | 'store' | 'commit';

/** What the server does at a step in place of what the Hub does: an answer, or an end of the connection. */
export type UploadFault = { readonly status: number; readonly error?: string } | 'hang up' | 'no JSON';

interface Repository {
  private: boolean;
  readonly files: Map<string, Buffer>;
}

interface CommitLine {
  readonly key: 'header' | 'file' | 'lfsFile';
  readonly value: { readonly path: string; readonly content?: string; readonly oid?: string };
}

/**
 * A server on this machine into which models can be uploaded as into the Hub: repositories, `preupload`, the batch API of large-file
 * storage with whole files and with parts, and commits. Large files go to another host, as they do there.
 */
export class HubUploadServer {
  readonly requests: { readonly step: UploadStep; readonly authorization: string | undefined }[] = [];
  readonly repositories: Map<string, Repository> = new Map();
  readonly faults: Map<UploadStep, UploadFault> = new Map();
  /** Whose token may write. */
  token = 'hf_secret';
  owners: readonly string[] = ['owner'];
  /** Files that are larger are sent in parts of this size. */
  partBytes: number = Number.POSITIVE_INFINITY;
  readonly #stored = new Map<string, Buffer>();
  readonly #parts = new Map<string, Buffer>();
  readonly #server: Server;

  static async start(): Promise<HubUploadServer> {
    const hub = new HubUploadServer();
    await new Promise<void>((resolve) => hub.#server.listen(0, resolve));
    return hub;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', this.endpoint);
    const step = stepOf(request.method ?? '', pathname);
    const { authorization } = request.headers;
    this.requests.push({ step, authorization });
    const body = await buffer(request);
    const fault = this.faults.get(step);
    if (fault === 'hang up') return void response.destroy();
    if (fault === 'no JSON') return void response.end('<html>');
    const send = (status: number, json: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(json));
    };
    if (fault !== undefined) return send(fault.status, { error: fault.error ?? 'out of order' });
    if (step === 'store') return this.#store(pathname, body, response);
    if (authorization !== `Bearer ${this.token}`) return send(401, { error: `Invalid ${authorization}` });
    const json = step === 'commit' ? undefined : body.length > 0 ? JSON.parse(body.toString()) : undefined;
    if (step === 'create') {
      const name = `${json.organization}/${json.name}`;
      if (!this.owners.includes(json.organization))
        return send(403, { error: `You may not write to ${name}` });
      this.repositories.set(name, { private: json.visibility === 'private', files: new Map() });
      return send(200, { url: `${this.endpoint}/${name}`, id: name });
    }
    const name = /^\/(?:api\/models\/)?([\w-]+\/[\w-]+)/.exec(pathname)?.[1] ?? '';
    const repository = this.repositories.get(name);
    if (repository === undefined) return send(404, { error: 'Repository not found' });
    switch (step) {
      case 'look':
        return send(200, { id: name, private: repository.private });
      case 'preupload':
        return send(200, {
          files: json.files.map(({ path }: { path: string }) => ({
            path,
            shouldIgnore: false,
            uploadMode: isLarge(path) ? 'lfs' : 'regular',
          })),
        });
      case 'batch':
        return send(200, {
          transfer: 'basic',
          objects: json.objects.map((each: LargeFile) => this.#place(each)),
        });
      case 'commit':
        return send(200, this.#commit(repository, body.toString()));
    }
  }

  /** Where a large file goes; nowhere if it is there. */
  #place({ oid, size }: LargeFile): object {
    if (this.#stored.has(oid)) return { oid, size };
    const at = `http://localhost:${this.#port}/storage/${oid}`;
    if (size <= this.partBytes) return { oid, size, actions: { upload: { href: `${at}?signature=secret` } } };
    const count = Math.ceil(size / this.partBytes);
    const parts = Array.from({ length: count }, (_, index) => {
      const number = String(index + 1).padStart(5, '0');
      return [number, `${at}/${number}?signature=secret`];
    });
    const header = { chunk_size: String(this.partBytes), ...Object.fromEntries(parts) };
    return { oid, size, actions: { upload: { href: `${at}/complete`, header } } };
  }

  #store(pathname: string, body: Buffer, response: ServerResponse): void {
    const [, , oid = '', part] = pathname.split('/');
    if (part === undefined) this.#stored.set(oid, body);
    else if (part === 'complete') {
      const { parts } = JSON.parse(body.toString()) as { parts: { partNumber: number }[] };
      const all = parts.map(({ partNumber }) => this.#parts.get(`${oid}/${partNumber}`) ?? Buffer.alloc(0));
      this.#stored.set(oid, Buffer.concat(all));
    } else this.#parts.set(`${oid}/${Number(part)}`, body);
    response.writeHead(200, { etag: `"${oid}-${part}"` }).end();
  }

  #commit({ files }: Repository, body: string): object {
    for (const { key, value } of body.split('\n').map((line) => JSON.parse(line) as CommitLine)) {
      if (key === 'file') files.set(value.path, Buffer.from(value.content ?? '', 'base64'));
      if (key !== 'lfsFile') continue;
      const content = this.#stored.get(value.oid ?? '');
      if (content === undefined || createHash('sha256').update(content).digest('hex') !== value.oid) {
        throw new Error(`${value.path} has not arrived whole.`);
      }
      files.set(value.path, content);
    }
    return {
      commitOid: 'c'.repeat(40),
      commitUrl: `${this.endpoint}/commit/${'c'.repeat(40)}`,
      hookOutput: '',
    };
  }
}

interface LargeFile {
  readonly oid: string;
  readonly size: number;
}

function stepOf(method: string, path: string): UploadStep {
  if (path.startsWith('/storage/')) return 'store';
  if (path === '/api/repos/create') return 'create';
  if (path.includes('/preupload/')) return 'preupload';
  if (path.endsWith('/info/lfs/objects/batch')) return 'batch';
  if (path.includes('/commit/')) return 'commit';
  if (method === 'GET') return 'look';
  throw new Error(`The Hub is not asked for ${method} ${path}.`);
}

function isLarge(path: string): boolean {
  return /\.(safetensors|gguf)$/.test(path);
}
