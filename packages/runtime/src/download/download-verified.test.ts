import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RuntimeError } from '../errors.js';
import { createRandom } from '../random.js';
import { downloadVerified, type VerifiedDownload } from './download-verified.js';

const content = Buffer.from(
  Uint8Array.from(
    { length: 300_000 },
    (
      (random) => () =>
        random.integer(256)
    )(createRandom(1, 'content')),
  ),
);
const sha256 = createHash('sha256').update(content).digest('hex');

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

let directory: string;
let destination: string;
let server: Server | undefined;
let requests: { range: string | undefined }[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-download-'));
  destination = join(directory, 'file');
  requests = [];
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await rm(directory, { recursive: true });
});

async function serve(handler: Handler): Promise<string> {
  server = createServer((request, response) => {
    requests.push({ range: request.headers.range });
    handler(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
}

const withRanges: Handler = ({ headers }, response) => {
  const start = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
  if (start === 0) {
    response.writeHead(200, { 'content-length': content.length }).end(content);
    return;
  }
  response
    .writeHead(206, {
      'content-length': content.length - start,
      'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
    })
    .end(content.subarray(start));
};

/** Answers as if it sent everything, and breaks off. */
const breaksOffAfter =
  (bytes: number): Handler =>
  ({ headers }, response) => {
    const start = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': content.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    response.write(content.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 20));
  };

const fetchTo = (url: string, options: Partial<VerifiedDownload> = {}): Promise<void> =>
  downloadVerified({
    path: destination,
    bytes: content.length,
    hash: { algorithm: 'sha256', digest: sha256 },
    request: (headers, signal) => fetch(url, { headers, signal }),
    refused: ({ status }) => new RuntimeError('hub-access-denied', `HTTP ${status}`),
    interrupted: (received, cause) => new RuntimeError('hub-failed', `after ${received}`, { cause }),
    damaged: (found) => new RuntimeError('hub-damaged', found),
    firstPause: 1,
    ...options,
  });

describe('downloadVerified', () => {
  it('brings the file and says how far it is', async () => {
    const seen: number[] = [];
    await fetchTo(await serve(withRanges), {
      onBytes: (received) => seen.push(received),
    });
    expect((await readFile(destination)).equals(content)).toBe(true);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(content.length);
    expect(existsSync(`${destination}.incomplete`)).toBe(false);
  });

  it('resumes where an earlier process stopped', async () => {
    await writeFile(`${destination}.incomplete`, content.subarray(0, 123_456));
    await fetchTo(await serve(withRanges));
    expect(requests.map(({ range }) => range)).toEqual(['bytes=123456-']);
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('waits as long as the server asks for, and not for longer than a minute', async () => {
    const waits: number[] = [];
    const sleep = async (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
    };
    const url = await serve((request, response, count) => {
      if (count > 2) withRanges(request, response, count);
      else response.writeHead(429, count === 1 ? { 'retry-after': '30' } : {}).end();
    });
    await fetchTo(url, { sleep });
    expect(waits).toEqual([30_000, 4]);
    server?.close();
    await rm(destination);
    requests = [];
    const busy = await serve((_request, response) => response.writeHead(503, { 'retry-after': '61' }).end());
    await expect(fetchTo(busy, { sleep })).rejects.toMatchObject({
      code: 'hub-failed',
      cause: { status: 503, wait: 61_000 },
    });
    expect(requests).toHaveLength(1);
  });

  it('asks for nothing where the part is the whole', async () => {
    await writeFile(`${destination}.incomplete`, content);
    await fetchTo(await serve(withRanges));
    expect(requests).toEqual([]);
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('starts over where the server knows no ranges', async () => {
    await writeFile(`${destination}.incomplete`, content.subarray(0, 1000));
    await fetchTo(await serve((_, response) => response.end(content)));
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('starts over where the server answers with another range', async () => {
    await writeFile(`${destination}.incomplete`, content.subarray(0, 1000));
    const url = await serve((request, response, count) =>
      count === 1
        ? response
            .writeHead(206, { 'content-range': `bytes 0-${content.length - 1}/${content.length}` })
            .end(content)
        : withRanges(request, response, count),
    );
    await fetchTo(url);
    expect(requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('starts over, once, where what lay there was something else', async () => {
    await writeFile(`${destination}.incomplete`, Buffer.alloc(1000));
    await fetchTo(await serve(withRanges));
    expect(requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('drops a part that is longer than the file', async () => {
    await writeFile(`${destination}.incomplete`, Buffer.alloc(content.length + 1));
    await fetchTo(await serve(withRanges));
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('resumes after a body that ends early, without losing what came', async () => {
    const url = await serve((request, response, count) =>
      (count < 3 ? breaksOffAfter(100_000) : withRanges)(request, response, count),
    );
    await fetchTo(url);
    const starts = requests.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
    expect(starts).toHaveLength(3);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('gives up after attempts in a row that bring nothing, and keeps what came for the next run', async () => {
    const url = await serve((request, response, count) =>
      breaksOffAfter(count < 3 ? 1000 : 0)(request, response, count),
    );
    await expect(fetchTo(url, { patience: 3 })).rejects.toMatchObject({
      code: 'hub-failed',
      message: expect.stringMatching(/after \d+$/),
      cause: expect.any(Error),
    });
    expect(requests).toHaveLength(5);
    const part = await readFile(`${destination}.incomplete`);
    expect(part.length).toBeGreaterThan(0);
    expect(part.equals(content.subarray(0, part.length))).toBe(true);
    expect(existsSync(destination)).toBe(false);
  });

  it('tries again where the server fails, and where it does not answer', async () => {
    const url = await serve((request, response, count) => {
      if (count === 1) response.writeHead(503).end();
      else if (count > 2) withRanges(request, response, count);
    });
    await fetchTo(url, { stallTimeout: 200 });
    expect(requests).toHaveLength(3);
  });

  it('refuses another content, deletes it, and says so', async () => {
    const url = await serve((_, response) => response.end(Buffer.alloc(content.length)));
    await expect(fetchTo(url)).rejects.toMatchObject({
      code: 'hub-damaged',
      message: expect.stringMatching(/[0-9a-f]{64}/),
    });
    expect(requests).toHaveLength(1);
    expect(existsSync(destination)).toBe(false);
    expect(existsSync(`${destination}.incomplete`)).toBe(false);
  });

  it('refuses more than there is to come', async () => {
    const url = await serve((_, response) => response.end(Buffer.alloc(content.length + 1)));
    await expect(fetchTo(url)).rejects.toMatchObject({
      code: 'hub-damaged',
      message: expect.stringContaining(`more than ${content.length} bytes`),
    });
    expect(requests).toHaveLength(1);
  });

  it("compares Git's hash, which knows the size", async () => {
    const digest = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    await fetchTo(await serve(withRanges), { hash: { algorithm: 'git-sha1', digest } });
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it.each([404, 403])('does not try again after HTTP %s', async (status) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    await expect(fetchTo(url)).rejects.toMatchObject({ code: 'hub-access-denied' });
    expect(requests).toHaveLength(1);
  });

  it('stops at once when it is told to, and keeps what came', async () => {
    const controller = new AbortController();
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 50_000));
    });
    const reason = new Error('enough');
    await expect(
      fetchTo(url, {
        signal: controller.signal,
        onBytes: (received) => {
          if (received > 0) setTimeout(() => controller.abort(reason), 50);
        },
      }),
    ).rejects.toBe(reason);
    expect((await readFile(`${destination}.incomplete`)).length).toBeGreaterThan(0);
    expect(requests).toHaveLength(1);
  });
});

describe('downloadVerified on a disk that fails', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Lets writes to files go through this. */
  async function onWrite(
    change: (
      write: (chunk: Uint8Array, at: number) => Promise<number>,
      chunk: Uint8Array,
      at: number,
    ) => Promise<number>,
  ): Promise<void> {
    const handle = await open(join(directory, 'other'), 'w');
    const prototype = Object.getPrototypeOf(handle);
    await handle.close();
    const { write } = prototype;
    vi.spyOn(prototype, 'write').mockImplementation(async function (this: unknown, ...parameters: unknown[]) {
      const [buffer, offset, length, position] = parameters as [Uint8Array, number, number, number];
      const plain = async (chunk: Uint8Array, at: number): Promise<number> =>
        (await write.call(this, chunk, 0, chunk.length, at)).bytesWritten;
      return { bytesWritten: await change(plain, buffer.subarray(offset, offset + length), position) };
    });
  }
  const failing = (code: string): Error =>
    Object.assign(new Error(`${code}: raw, write`), { code, syscall: 'write' });

  it('that is full for a moment tells it, keeps what is whole, and resumes there', async () => {
    let isFull = true;
    await onWrite(async (write, chunk, at) => {
      if (!isFull || at === 0) return write(chunk, at);
      await write(chunk.subarray(0, 10), at);
      throw failing('ENOSPC');
    });
    const url = await serve(withRanges);
    await expect(fetchTo(url, { elsewhere: 'CACHE' })).rejects.toMatchObject({
      name: 'FileError',
      code: 'disk-full',
      path: destination,
      message: expect.stringMatching(/The disk of .*file is full.*\(CACHE\)/),
    });
    expect(requests).toHaveLength(1);
    const kept = (await readFile(`${destination}.incomplete`)).length;
    expect(kept).toBeGreaterThan(0);
    isFull = false;
    await fetchTo(url);
    expect(requests.at(-1)).toEqual({ range: `bytes=${kept}-` });
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('that fails in another way is not taken for a broken connection', async () => {
    await onWrite(async () => {
      throw failing('EIO');
    });
    await expect(fetchTo(await serve(withRanges))).rejects.toMatchObject({
      code: 'not-writable',
      message: expect.stringContaining(`${destination} cannot be written: EIO`),
    });
    expect(requests).toHaveLength(1);
  });

  it('that writes less at once than it is given loses nothing', async () => {
    await onWrite((write, chunk, at) => write(chunk.subarray(0, Math.ceil(chunk.length / 2)), at));
    await fetchTo(await serve(withRanges));
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('that keeps something else than it was given is noticed', async () => {
    await onWrite((write, chunk, at) =>
      write(
        chunk.map((byte) => byte ^ Number(at === 0)),
        at,
      ),
    );
    await expect(fetchTo(await serve(withRanges))).rejects.toMatchObject({ code: 'hub-damaged' });
    expect(existsSync(destination)).toBe(false);
  });

  it('does not follow a link in the place of what is incomplete', async () => {
    await writeFile(join(directory, 'precious'), 'mine');
    await symlink(join(directory, 'precious'), `${destination}.incomplete`);
    await expect(fetchTo(await serve(withRanges))).rejects.toMatchObject({ code: 'not-writable' });
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('mine');
  });
});
