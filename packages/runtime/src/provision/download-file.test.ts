import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { downloadFile } from './download-file.js';

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
let requests: { range: string | undefined; authorization: string | undefined }[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-download-'));
  destination = join(directory, 'file.whl');
  requests = [];
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await rm(directory, { recursive: true });
});

async function serve(handler: Handler): Promise<string> {
  server = createServer((request, response) => {
    requests.push({ range: request.headers.range, authorization: request.headers.authorization });
    handler(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.whl`;
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

const fetchTo = (url: string, options: Partial<Parameters<typeof downloadFile>[0]> = {}): Promise<void> =>
  downloadFile({ url, destination, sha256, bytes: content.length, firstPause: 1, ...options });

describe('downloadFile', () => {
  it('brings the file and says how far it is', async () => {
    const seen: number[] = [];
    await fetchTo(await serve(withRanges), {
      onProgress: (completed, total) => {
        expect(total).toBe(content.length);
        seen.push(completed);
      },
    });
    expect((await readFile(destination)).equals(content)).toBe(true);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(content.length);
    expect(existsSync(`${destination}.part`)).toBe(false);
  });

  it('goes on where an earlier process stopped', async () => {
    await writeFile(`${destination}.part`, content.subarray(0, 123_456));
    await fetchTo(await serve(withRanges));
    expect(requests.map(({ range }) => range)).toEqual(['bytes=123456-']);
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('asks for nothing where the part is the whole', async () => {
    await writeFile(`${destination}.part`, content);
    await fetchTo(await serve(withRanges));
    expect(requests).toEqual([]);
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('starts over where the server knows no ranges', async () => {
    await writeFile(`${destination}.part`, content.subarray(0, 1000));
    await fetchTo(await serve((_, response) => response.end(content)));
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('starts over where the server answers with another range', async () => {
    await writeFile(`${destination}.part`, content.subarray(0, 1000));
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
    await writeFile(`${destination}.part`, Buffer.alloc(1000));
    await fetchTo(await serve(withRanges));
    expect(requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('drops a part that is longer than the file', async () => {
    await writeFile(`${destination}.part`, Buffer.alloc(content.length + 1));
    await fetchTo(await serve(withRanges));
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('goes on after a body that ends early, without losing what came', async () => {
    const url = await serve((request, response, count) =>
      (count < 3 ? breaksOffAfter(100_000) : withRanges)(request, response, count),
    );
    await fetchTo(url);
    const starts = requests.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
    expect(starts).toHaveLength(3);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect((await readFile(destination)).equals(content)).toBe(true);
  });

  it('gives up after some attempts, and keeps what came for the next run', async () => {
    const url = await serve(breaksOffAfter(1000));
    await expect(fetchTo(url, { attempts: 3 })).rejects.toMatchObject({
      name: 'NativeInstallError',
      code: 'download-failed',
      message: expect.stringMatching(/failed 3 times.*Run this again/s),
    });
    const part = await readFile(`${destination}.part`);
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
      code: 'wrong-hash',
      message: expect.stringContaining(sha256),
    });
    expect(requests).toHaveLength(1);
    expect(existsSync(destination)).toBe(false);
    expect(existsSync(`${destination}.part`)).toBe(false);
  });

  it.each([
    [404, 'wheel-not-found'],
    [403, 'download-failed'],
  ])('does not try again after HTTP %s', async (status, code) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    await expect(fetchTo(url)).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(1);
  });

  it('sends the credentials of a URL, and never shows them', async () => {
    const url = (await serve((_, response) => response.writeHead(404).end())).replace('//', '//user:secret@');
    const error: unknown = await fetchTo(url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'wheel-not-found' });
    expect(String(error)).not.toContain('secret');
    expect(requests[0]?.authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
  });

  it('says which disk is full', async () => {
    await symlink('/dev/full', `${destination}.part`);
    await expect(fetchTo(await serve(withRanges))).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('AIS_CACHE_DIRECTORY'),
    });
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
        onProgress: (completed) => {
          if (completed > 0) setTimeout(() => controller.abort(reason), 50);
        },
      }),
    ).rejects.toBe(reason);
    expect((await readFile(`${destination}.part`)).length).toBeGreaterThan(0);
    expect(requests).toHaveLength(1);
  });
});
