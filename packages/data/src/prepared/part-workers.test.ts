import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../records/record.js';
import { ThreadPool } from './part-workers.js';
import type { PartJob } from './prepare-part.js';
import { tokenizeParts } from './tokenize-parts.js';

/** Answers with the path of the job, unless the path says what is to happen to the thread. */
const CODE = `
const { parentPort } = require('node:worker_threads');
const kept = [];
parentPort.on('message', ({ path }) => {
  if (path.includes('exit')) process.exit(3);
  if (path.includes('throw')) throw new Error('broken');
  while (path.includes('fill')) kept.push(new Array(100_000).fill(path.length + 0.5));
  if (path.includes('wait')) return;
  parentPort.postMessage({ report: { sha256: path, rows: 1, families: 0, dropped: [] } });
});`;

let pool: ThreadPool;
const open = (threads: number): ThreadPool => {
  const options = { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } };
  pool = new ThreadPool(Array.from({ length: threads }, () => new Worker(CODE, options)));
  return pool;
};
afterEach(() => pool.close());

const job = (path: string): PartJob => ({
  lines: new TextEncoder().encode('{}\n'),
  places: [
    { file: 'posts.jsonl', line: 7 },
    { file: 'posts.jsonl', line: 9 },
  ],
  path,
});

describe('ThreadPool', () => {
  it('gives waiting jobs the thread that is free first', async () => {
    open(2);
    const names = ['a', 'b', 'c', 'd', 'e'];
    const started = await Promise.all(names.map((name) => pool.start(job(name))));
    const reports = await Promise.all(started.map(({ done }) => done));
    expect(reports.map(({ sha256 }) => sha256)).toEqual(names);
  });

  it.each([
    [
      'exit',
      /ended, at the records from posts\.jsonl, line 7 to posts\.jsonl, line 9: it ended with exit code 3/,
    ],
    ['throw', /ended, at the records .*: broken\. Try again/],
    ['fill', /ran out of memory, at the records .*\. Use fewer threads/],
  ])('rejects its job, and those that wait, where a thread does this: %s', async (what, message) => {
    open(2);
    const ended = { code: 'thread-ended', message: expect.stringMatching(message) };
    const failing = await pool.start(job(what));
    const running = await pool.start(job('wait'));
    const waiting = [pool.start(job('c')), pool.start(job('d'))].map((start) => expect(start).rejects);
    await expect(failing.done).rejects.toMatchObject({ ...ended, place: { file: 'posts.jsonl', line: 7 } });
    for (const start of waiting) await start.toMatchObject(ended);
    await expect(pool.start(job('e'))).rejects.toMatchObject(ended);
    await pool.close();
    await expect(running.done).rejects.toMatchObject(ended);
  });

  it('rejects a job for a thread that ended before it', async () => {
    const worker = new Worker('process.exit(0)', { eval: true });
    pool = new ThreadPool([worker]);
    await new Promise((resolve) => worker.once('exit', resolve));
    await expect(pool.start(job('a'))).rejects.toMatchObject({
      code: 'thread-ended',
      message: expect.stringMatching(/ended: it ended with exit code 0/),
    });
  });
});

describe('tokenizeParts', () => {
  let scratch = '';
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ais-data-parts-'));
  });
  afterAll(() => rm(scratch, { recursive: true }));

  it('ends where a thread does', async () => {
    const source: Source = {
      name: 'many',
      async *records() {
        for (let id = 0; id < 5 * 2048; id++) yield { id: String(id), prompt: 'p', response: 'r' };
      },
    };
    open(2);
    const tokenized = tokenizeParts({
      source,
      settings: { kind: 'text', onError: 'stop', limit: null },
      directory: scratch,
      // The first thread ends; the second one is given the other parts.
      workers: {
        start: (part) => pool.start(part.path.includes('000001') ? { ...part, path: 'exit' } : part),
        close: () => pool.close(),
      },
      signal: undefined,
      onRecords: () => {},
    });
    await expect(tokenized).rejects.toMatchObject({ code: 'thread-ended' });
  });
});
