import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@ais/runtime/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SpilledHashes } from './spilled-hashes.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-hashes-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** What a map finds. */
function found(hashes: readonly (readonly number[])[]): string[] {
  const firsts = new Map<string, number>();
  return hashes.flatMap((hash, number) => {
    const first = firsts.get(hash.join());
    if (first === undefined) firsts.set(hash.join(), number);
    return first === undefined ? [] : [`${hash} ${number} ${first}`];
  });
}

test.each([
  ['in memory', 500, false],
  ['in a file', 4000, true],
])('finds what a map finds, %s', async (_, count, isSpilled) => {
  const random = createRandom(1, 'hashes');
  const word = (): number => random.integer(2 ** 32);
  // Two buckets, and one hash in five was there before.
  const hashes: number[][] = [];
  for (let number = 0; number < count; number++) {
    const old = number > 10 && random.integer(5) === 0;
    const bucket = (random.integer(2) * 200 * 2 ** 24) >>> 0;
    hashes.push(
      old
        ? hashes[random.integer(number)]!
        : [bucket + random.integer(2 ** 24), random.integer(3), word(), word()],
    );
  }
  const path = join(scratch, 'hashes');
  const spilled = new SpilledHashes(path);
  for (const [number, hash] of hashes.entries()) spilled.add(hash, number);
  expect(existsSync(path)).toBe(isSpilled);
  const again: string[] = [];
  await spilled.compare((hash, number, first) => again.push(`${hash} ${number} ${first}`));
  expect(again.length).toBeGreaterThan(50);
  expect(again.sort()).toEqual(found(hashes).sort());
  spilled.close();
  expect(existsSync(path)).toBe(false);
});

test('stops between two buckets', async () => {
  const spilled = new SpilledHashes(join(scratch, 'stopped'));
  // A pair of equal hashes in each of two buckets.
  for (const first of [0, 1]) for (const number of [0, 1]) spilled.add([first << 24, 0, 0, 0], number);
  const stop = new AbortController();
  const again: number[] = [];
  const comparing = spilled.compare(([first]) => {
    again.push(first);
    stop.abort();
  }, stop.signal);
  await expect(comparing).rejects.toMatchObject({ name: 'AbortError' });
  expect(again).toEqual([0]);
});
