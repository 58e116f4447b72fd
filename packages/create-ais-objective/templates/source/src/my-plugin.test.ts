import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TextRecord } from '@ais/data';
import { expect, test } from 'vitest';
import { myPlugin } from './my-plugin.js';
import { prepare } from './prepare.js';

async function all(): Promise<TextRecord[]> {
  const records: TextRecord[] = [];
  for await (const record of myPlugin({ count: 50 }).records()) records.push(record);
  return records;
}

test('gives the same records every time, each with an id of its own and a response', async () => {
  const records = await all();
  expect(records[0]).toEqual({ id: '0', prompt: 'What is 0 plus 0?', response: ' It is 0.' });
  expect(await all()).toEqual(records);
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  expect(records.filter(({ response }) => response.trim() === '')).toEqual([]);
});

test('becomes a folder to train on', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'my-plugin-'));
  try {
    expect(await prepare(join(scratch, 'prepared'))).toBe(200);
  } finally {
    await rm(scratch, { recursive: true });
  }
});
