import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { downloadWheel, type WheelDownload } from './download-wheel.js';

const content = Buffer.from('wheel');
const sha256 = createHash('sha256').update(content).digest('hex');

let directory: string;
let seen: IncomingHttpHeaders[] = [];
let status = 200;
const server = createServer((request, response) => {
  seen.push(request.headers);
  response.writeHead(status).end(status === 200 ? content : '');
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-wheel-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  seen = [];
  status = 200;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const download = (options: Partial<WheelDownload> = {}): Promise<void> =>
  downloadWheel({
    url: `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}/a.whl`,
    destination: join(directory, 'a.whl'),
    sha256,
    bytes: content.length,
    firstPause: 1,
    ...options,
  });

it('sends the credentials of a URL, and says how far it is', async () => {
  const progress: [number, number][] = [];
  await download({ onProgress: (...report) => progress.push(report) });
  expect(await readFile(join(directory, 'a.whl'), 'utf8')).toBe('wheel');
  expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
  expect(progress.at(-1)).toEqual([5, 5]);
});

it.each([
  [404, 'wheel-not-found', /does not exist/],
  [403, 'download-failed', /may not be read.*credentials/],
  [503, 'download-failed', /failed several times.*HTTP 503.*Run this again/],
])('explains HTTP %s, and never shows credentials', async (answer, code, message) => {
  status = answer;
  const error: unknown = await download().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'NativeInstallError', code, message: expect.stringMatching(message) });
  expect(String(error)).not.toContain('secret');
});

it('refuses another content', async () => {
  const given = 'a'.repeat(64);
  await expect(download({ sha256: given, destination: join(directory, 'b.whl') })).rejects.toMatchObject({
    code: 'wrong-hash',
    message: expect.stringMatching(`${sha256}.*${given}`),
  });
});
