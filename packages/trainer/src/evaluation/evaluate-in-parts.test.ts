import { readFile } from 'node:fs/promises';
import { functionScorer, type Judge } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { afterAll, describe, expect, test } from 'vitest';
import { runFolder } from '../../test/run-folder.js';
import { tinyExamples, tinyModel } from '../../test/tiny-model.js';
import { mergeShards, type Shard } from '../run/shards.js';
import { evaluateInParts, evaluateShard } from './evaluate-in-parts.js';
import { evaluatePolicy } from './evaluate-policy.js';

const folder = runFolder();
const [policy, reference] = [tinyModel(1), tinyModel(2)];
afterAll(() => {
  for (const model of [policy, reference]) model.dispose();
});

const brief = ({ response }: PromptResponse): number => -response.length;
const brevity = functionScorer('brevity', brief);
const also = async (): Promise<Record<string, number>> => ({ eval_judge_agreement: 0.75 });
const options = { reference, scorer: brevity, also, maxNewTokens: 6, seed: 3, klPrompts: 150 };

/** 64, 64, 64, and 8 prompts, after what is measured once: five parts. */
const examples = tinyExamples(200);
const shardsOf = (count: number): Shard[] =>
  Array.from({ length: count }, (_, index) => ({ index: index + 1, count }));

/** The policy's parameters, and no way to compute with them. */
const silent = new Proxy(policy, {
  get: (model, key) => {
    if (key === 'parameters') return model.parameters;
    throw new Error(`computed: ${String(key)}`);
  },
}) as CausalLanguageModel;

test('up to 64 prompts are measured to the last digit as they are at once', async () => {
  for (const more of [{}, { klTemperature: 0.01 }, { loss: false, temperature: 0, klPrompts: 0 }]) {
    const { also: _, ...own } = { ...options, klPrompts: 20, ...more };
    const some = examples.slice(0, 64);
    expect(await evaluateInParts(policy, some, own)).toEqual(await evaluatePolicy(policy, some, own));
  }
});

test('more prompts have the same responses, and numbers that differ by rounding at most', async () => {
  const reports: [number, number][] = [];
  const found = await evaluateInParts(policy, examples, {
    ...options,
    onProgress: (completed, total) => reports.push([completed, total]),
  });
  const { also: _, ...own } = options;
  const whole = await evaluatePolicy(policy, examples, own);
  const close = Object.entries(whole.metrics).map(([name, value]) => [name, expect.closeTo(value, 5)]);
  expect(found.metrics).toEqual({ ...Object.fromEntries(close), eval_judge_agreement: 0.75 });
  expect(Object.keys(found.metrics)).toEqual([...Object.keys(whole.metrics), 'eval_judge_agreement']);
  expect(found.responses.map(({ id }) => id)).toEqual(whole.responses.map(({ id }) => id));
  expect(found.kl?.perPrompt).toHaveLength(150);
  const completed = reports.map(([done]) => done);
  expect(completed).toEqual([...completed].sort((a, b) => a - b));
  expect(reports.at(-1)).toEqual([900, 900]);
});

test('any number of shards says what one call says, to the last digit', async () => {
  const whole = JSON.stringify(await evaluateInParts(policy, examples, options));
  for (const count of [1, 2, 3, 7]) {
    const path = folder(`evaluation-${count}`);
    let prompts = 0;
    for (const shard of shardsOf(count).reverse()) {
      prompts += await evaluateShard(policy, examples, { ...options, path, shard });
    }
    expect(prompts).toBe(200);
    await mergeShards(path);
    const merged = await evaluateInParts(silent, examples, {
      ...options,
      also: () => Promise.reject(new Error('judged')),
      path: `${path}.partial`,
      resume: true,
    });
    expect(JSON.stringify(merged)).toBe(whole);
  }
});

test('a judge that compares is asked in parts too', async () => {
  const judge: Judge<PromptResponse> = {
    specificationVersion: 'v1',
    name: 'shorter',
    compare: async (pairs) =>
      pairs.map(({ a, b }) => {
        const outcome =
          a.response.length < b.response.length ? 1 : a.response.length > b.response.length ? 0 : 0.5;
        return { outcome, aFirst: outcome, bFirst: outcome };
      }),
  };
  const own = { scorer: judge, maxNewTokens: 6, seed: 3, loss: false };
  const whole = await evaluateInParts(policy, examples, own);
  expect(whole.metrics['eval_position_bias']).toBe(0);
  expect(whole.outcomes).toEqual((await evaluatePolicy(policy, examples, own)).outcomes);
  const path = folder('compared');
  for (const shard of shardsOf(2)) await evaluateShard(policy, examples, { ...own, path, shard });
  await mergeShards(path);
  expect(await evaluateInParts(silent, examples, { ...own, path: `${path}.partial`, resume: true })).toEqual(
    whole,
  );
});

test('an interrupted call loses no part that was done', async () => {
  const whole = await evaluateInParts(policy, examples, options);
  const path = folder('interrupted.partial');
  let scored = 0;
  const stopping = functionScorer('brevity', (item: PromptResponse) => {
    scored += 1;
    if (scored > 300) throw new Error('out of patience');
    return brief(item);
  });
  await expect(
    evaluateInParts(policy, examples, { ...options, scorer: stopping, path, resume: true }),
  ).rejects.toThrow('out of patience');
  expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(4);
  expect(await evaluateInParts(policy, examples, { ...options, path, resume: true })).toEqual(whole);
});

describe('shards of another evaluation are refused', () => {
  test.each([
    ['evaluation.seed', { seed: 4 }],
    ['evaluation.klPrompts', { klPrompts: 10 }],
    ['reference', { reference: policy }],
    ['scorer', { scorer: functionScorer('other', (_: PromptResponse) => 0) }],
  ])('of another %s', async (key, other) => {
    const path = folder('foreign');
    for (const shard of shardsOf(2)) {
      const own = shard.index === 1 ? options : { ...options, ...other };
      await evaluateShard(policy, examples, { ...own, path, shard });
    }
    await expect(mergeShards(path)).rejects.toMatchObject({ key });
  });
});
