import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GoldEvalError } from '../errors.js';
import { fileAnswerCache } from './file-answer-cache.js';
import { readJudgeTemplate } from './read-judge-template.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-judge-'));
});
afterAll(() => rm(folder, { recursive: true }));

const answer = (text: string) => [{ text, finishReason: 'stop' }];

describe('fileAnswerCache', () => {
  test('keeps answers from one process to the next, with their requests to be read', async () => {
    const path = join(folder, 'new', 'judge.jsonl');
    const first = await fileAnswerCache(path);
    expect(first).toMatchObject({ entries: 0, unreadable: 0 });
    expect(await first.get('k1')).toBeUndefined();
    await Promise.all([
      first.set('k1', answer('line\nbreak \u2028 and \u2029'), { model: 'small' }),
      first.set('k2', answer('two'), { model: 'small' }),
    ]);
    expect(await first.get('k1')).toEqual(answer('line\nbreak \u2028 and \u2029'));
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).key).sort()).toEqual(['k1', 'k2']);
    expect(JSON.parse(lines[0]!)).toMatchObject({ request: { model: 'small' } });

    const second = await fileAnswerCache(path);
    expect(second).toMatchObject({ entries: 2, unreadable: 0 });
    expect(await second.get('k1')).toEqual(answer('line\nbreak \u2028 and \u2029'));
    expect(await second.get('k2')).toEqual(answer('two'));
  });

  test('survives a line that a crash cut off, and counts what it could not read', async () => {
    const path = join(folder, 'cut.jsonl');
    await (await fileAnswerCache(path)).set('k1', answer('one'), {});
    await appendFile(path, '{"key":"k2","answers":[{"te');
    const resumed = await fileAnswerCache(path);
    expect(resumed).toMatchObject({ entries: 1, unreadable: 1 });
    await resumed.set('k3', answer('three'), {});
    const again = await fileAnswerCache(path);
    expect(again).toMatchObject({ entries: 2, unreadable: 1 });
    expect(await again.get('k3')).toEqual(answer('three'));
  });

  test.each([
    ['another object', '{"id":1}'],
    ['no answers', '{"key":"k","answers":[]}'],
    ['an answer without text', '{"key":"k","answers":[{"finishReason":"stop"}]}'],
    ['a key that is a number', '{"key":1,"answers":[{"text":"a","finishReason":"stop"}]}'],
  ])('does not take %s for an answer', async (_, line) => {
    const path = join(folder, 'other.jsonl');
    await rm(path, { force: true });
    await appendFile(path, `${line}\n`);
    expect(await fileAnswerCache(path)).toMatchObject({ entries: 0, unreadable: 1 });
  });
});

describe('readJudgeTemplate', () => {
  test('takes a text or a file', async () => {
    const path = join(folder, 'template.txt');
    await appendFile(path, 'Rate {{response}} to {{prompt}}.\n');
    expect(await readJudgeTemplate(path)).toBe('Rate {{response}} to {{prompt}}.\n');
    expect(await readJudgeTemplate('{{prompt}}: {{response}}')).toBe('{{prompt}}: {{response}}');
  });

  test('names what is neither', async () => {
    const read = readJudgeTemplate(join(folder, 'missing.txt'));
    await expect(read).rejects.toThrow(
      /must be a file or a text with {{prompt}}, got ".*missing.txt" \(ENOENT/,
    );
    await expect(read).rejects.toBeInstanceOf(GoldEvalError);
  });
});
