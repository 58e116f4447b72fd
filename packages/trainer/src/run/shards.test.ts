import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createModel } from '@ais/language-model';
import { afterAll, describe, expect, test } from 'vitest';
import { runFolder } from '../../test/run-folder.js';
import { computeReferenceLogProbs, computeReferenceShard } from '../inference/reference-log-probs.js';
import { sampleResponseShard, sampleResponses } from '../inference/sample-responses.js';
import { inParts, openPartialWork } from './partial-work.js';
import { isOfShard, mergeShards, openShard, type Shard, shardPath } from './shards.js';

const folder = runFolder();
const shape = { vocabularySize: 16, layerCount: 1, hiddenSize: 8, headCount: 2, rotaryFraction: 0.5 };
const model = createModel({ ...shape, initializerRange: 1 }, { seed: 1 });
afterAll(() => model.dispose());

const shardsOf = (count: number): Shard[] =>
  Array.from({ length: count }, (_, index) => ({ index: index + 1, count }));
const inputs = { command: 'squares', settings: { seed: 1 } };

/** Squares the numbers of a part's shard, as long work would. */
async function squares(path: string, shard: Shard, parts: number, of: object = inputs): Promise<void> {
  const work = await openShard<number>(path, of as typeof inputs, shard, parts);
  await inParts(
    work,
    parts,
    async (part) => part ** 2,
    (part) => isOfShard(part, shard),
  );
}

test.each([0, 1, 2, 5, 12])('any number of shards of %i parts are put together in order', async (parts) => {
  for (const count of [1, 2, 3, 7, 13]) {
    const path = folder(`work-${parts}-${count}`);
    // In any order, and twice.
    for (const shard of [...shardsOf(count).reverse(), ...shardsOf(1)]) {
      if (shard.count === count) await squares(path, shard, parts);
    }
    expect(await mergeShards(path)).toEqual(inputs);
    const work = await openPartialWork<number>(`${path}.partial`, inputs, true);
    expect([...work.done]).toEqual(Array.from({ length: parts }, (_, part) => [part, part ** 2]));
    await work.close();
  }
});

describe('shards that do not fit together are refused', () => {
  const two = async (name: string): Promise<string> => {
    const path = folder(name);
    for (const shard of shardsOf(2)) await squares(path, shard, 4);
    return path;
  };

  test('none, and one that is missing', async () => {
    await expect(mergeShards(folder('nothing'))).rejects.toThrow(/nothing: there are no shards of it/);
    const path = folder('missing');
    await squares(path, { index: 2, count: 4 }, 8);
    await squares(path, { index: 3, count: 4 }, 8);
    await expect(mergeShards(path)).rejects.toThrow(/missing: shards 1\/4, 4\/4 missing/);
    await expect(mergeShards(path)).rejects.toMatchObject({ code: 'invalid-shards' });
  });

  test('one that is there twice, and those of two splits', async () => {
    const path = await two('twice');
    await copyFile(shardPath(path, { index: 2, count: 2 }), `${path}.shard-2-of-2-copy`);
    await expect(mergeShards(path)).rejects.toThrow(/are both shard 2\/2\. Remove one/);
    const other = await two('splits');
    await squares(other, { index: 3, count: 3 }, 4);
    await expect(mergeShards(other)).rejects.toThrow(/there are shards of 2 .* and of 3/);
  });

  test('one of other work, and a file that is none', async () => {
    const path = folder('foreign');
    await squares(path, { index: 1, count: 2 }, 4);
    await squares(path, { index: 2, count: 2 }, 4, { ...inputs, settings: { seed: 2 } });
    await expect(mergeShards(path)).rejects.toMatchObject({ key: 'settings.seed' });
    const other = await two('none');
    await writeFile(`${other}.shard-3`, 'text');
    await expect(mergeShards(other)).rejects.toThrow(/none\.shard-3 is not a shard\. Remove it/);
  });

  test.each([
    [{ index: 1, count: { of: 2 }, parts: 1 }, /is not a shard\. Remove it/],
    [{ index: [1], count: 2, parts: 1 }, /is not a shard\. Remove it/],
    [{ index: 3, count: 2, parts: 1 }, /is not a shard\. Remove it/],
    [{ index: 1, count: 2, parts: null }, /is not a shard\. Remove it/],
    [{ index: 1e9, count: 1e9, parts: 1e12 }, /shard 1000000000\/1000000000 is not finished/],
    [
      { index: 1, count: 1e9, parts: 0 },
      /shards 2\/1000000000, .* 21\/1000000000, and 999999979 more missing/,
    ],
  ])('one that says %j of itself', async (shard, message) => {
    const path = folder(`strange-${JSON.stringify(shard).replaceAll(/\W/g, '-')}`);
    await (await openPartialWork(`${path}.shard-1-of-2`, { ...inputs, shard }, false)).close();
    await expect(mergeShards(path)).rejects.toThrow(message);
  });

  test('one that was interrupted, until it is resumed', async () => {
    const path = await two('broken');
    const last = shardPath(path, { index: 2, count: 2 });
    const content = await readFile(last, 'utf8');
    await writeFile(last, content.slice(0, -4));
    await expect(mergeShards(path)).rejects.toThrow(/shard 2\/2 is not finished\. Run its command again/);
    await squares(path, { index: 2, count: 2 }, 4);
    await mergeShards(path);
  });

  test('a shard that is none of its number', async () => {
    await expect(openShard(folder('odd'), inputs, { index: 3, count: 2 }, 4)).rejects.toThrow(/got 3\/2/);
  });
});

const lengths = [3, 1, 2, 3, 1, 1, 2, 3, 2, 1];
const prompts = lengths.map((length, index) =>
  Array.from({ length }, (_, place) => 1 + ((index + place) % 15)),
);

test('responses in any number of shards are those of one call, to the last digit', async () => {
  // Two prompts a part, five parts.
  const options = { samples: 256, maxNewTokens: 2, seed: 5 };
  const whole = JSON.stringify(await sampleResponses(model, prompts, options));
  for (const count of [1, 2, 3, 6]) {
    const path = folder(`responses-${count}`);
    let sampled = 0;
    for (const shard of shardsOf(count)) {
      sampled += await sampleResponseShard(model, prompts, { ...options, path, shard });
    }
    expect(sampled).toBe(256 * prompts.length);
    await mergeShards(path);
    const silent = {
      ...model,
      parameters: model.parameters,
      generate: () => Promise.reject(new Error('computed')),
    };
    const merged = await sampleResponses(silent, prompts, {
      ...options,
      path: `${path}.partial`,
      resume: true,
    });
    expect(JSON.stringify(merged)).toBe(whole);
  }
});

test('the reference’s log-probabilities in any number of shards are those of one call, byte for byte', async () => {
  const pairs = prompts.map((prompt, index) => ({
    id: String(index),
    prompt,
    chosen: [1 + (index % 5), 0],
    rejected: [2, 1 + (index % 7), 0],
  }));
  const options = { microBatchSize: 3, tokens: true };
  const whole = folder('whole.json');
  await computeReferenceLogProbs(model, pairs, { ...options, path: whole });
  for (const count of [1, 2, 4, 5]) {
    const path = folder(`reference-${count}.json`);
    for (const shard of shardsOf(count))
      await computeReferenceShard(model, pairs, { ...options, path, shard });
    const silent = {
      parameters: model.parameters,
      responseLogProbs: () => {
        throw new Error('computed');
      },
    };
    await computeReferenceLogProbs(silent, pairs, { ...options, path });
    expect(await readFile(path, 'utf8')).toBe(await readFile(whole, 'utf8'));
  }
  // Shards of other pairs beside the file are refused.
  const path = folder('other.json');
  await computeReferenceShard(model, pairs.slice(1), { ...options, path, shard: { index: 1, count: 1 } });
  await expect(computeReferenceLogProbs(model, pairs, { ...options, path })).rejects.toMatchObject({
    key: 'data',
  });
});
