import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asMessage, writeChatModel } from '../../test/chat-model.js';
import { serveDataSet } from '../../test/served-data-set.js';
import { stepContext } from '../context.js';
import { readSettings } from '../settings/read-settings.js';
import type { Layer } from '../settings/settings-file.js';
import { runEvaluate } from './run-evaluate.js';

const root = mkdtempSync(join(tmpdir(), 'ais-evaluate-'));
const at = (name: string): string => join(root, name);
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
/** What the judge was asked. */
const judged: { prompt: string; response: string }[] = [];

const pairs = Array.from({ length: 8 }, (_, index) => ({
  prompt: `What is ${index}?`,
  chosen: `It is ${index}.`,
  rejected: 'No idea at all.',
}));
const questions = Array.from({ length: 20 }, (_, index) => ({ question: `Who is ${index}?`, answer: 'Me.' }));

beforeAll(async () => {
  await writeChatModel(at('model'));
  writeFileSync(at('pairs.jsonl'), lines(pairs));
  writeFileSync(at('questions.jsonl'), lines(questions));
  writeFileSync(
    at('feedback.jsonl'),
    lines(pairs.map(({ prompt, chosen }, index) => ({ prompt, completion: chosen, label: index % 2 === 0 }))),
  );
  Object.assign(globalThis, { judged });
  writeFileSync(
    at('judge.mjs'),
    `export default { specificationVersion: 'v1', name: 'brevity', score: async (items) => {
       globalThis.judged.push(...items);
       return items.map(({ response }) => -response.length);
     } };`,
  );
});
afterAll(() => {
  rmSync(root, { recursive: true });
  Reflect.deleteProperty(globalThis, 'judged');
});

async function evaluate(layer: Layer) {
  judged.length = 0;
  const warnings: string[] = [];
  const settings = await readSettings('evaluate', {
    flags: {
      model: at('model'),
      scorer: at('judge.mjs'),
      prompts: 4,
      klPrompts: 0,
      validationFraction: 0.5,
      ...layer,
      data: { maxPromptTokens: 64, maxResponseTokens: 32 },
    },
  });
  const outcome = await runEvaluate(settings, stepContext({ onWarning: (text) => warnings.push(text) }));
  return { ...outcome, warnings, prompts: [...new Set(judged.map(({ prompt }) => prompt))] };
}

test('pairs are read by the template that they were trained with, and so are those that the judge is compared with', async () => {
  const { samples, prompts, metrics } = await evaluate({ pairs: at('pairs.jsonl'), template: 'chat' });
  expect(samples).toHaveLength(4);
  for (const { prompt } of samples) {
    expect(prompt).toBe(asMessage(/What is \d\?/.exec(prompt)?.[0] ?? ''));
  }
  expect(prompts.filter((prompt) => !prompt.startsWith('<bos>'))).toEqual([]);
  expect(metrics).toMatchObject({ eval_judge_pairs: 4, eval_judge_agreement: 1 });
});

test.each([
  ['the pairs of a run beside a source', () => ({ pairs: at('pairs.jsonl') }), 4],
  ['labels that are named', () => ({ agreement: { pairs: at('pairs.jsonl') } }), 8],
])('%s are read by the template, too', async (_, layer, count) => {
  const source = { source: at('questions.jsonl'), template: 'chat' };
  const { prompts, metrics } = await evaluate({ ...source, ...layer() });
  expect(metrics['eval_judge_pairs']).toBe(count);
  expect(prompts.filter((prompt) => !prompt.startsWith('<bos>'))).toEqual([]);
});

test('another template than chat renders pairs, too', async () => {
  const { samples } = await evaluate({
    pairs: at('pairs.jsonl'),
    template: { prompt: 'Q: {prompt}', response: ' {answer}' },
  });
  expect(samples[0]?.prompt).toMatch(/^Q: What is \d\?$/);
});

test('labeled responses are evaluated on as ais train holds them out', async () => {
  const { samples, metrics } = await evaluate({ pairs: at('feedback.jsonl'), template: 'chat' });
  expect(samples.length).toBeGreaterThan(0);
  for (const { prompt } of samples) expect(prompt).toBe(asMessage(`What is ${/\d/.exec(prompt)?.[0]}?`));
  // There is nothing that the judge could be compared with.
  expect(metrics).not.toHaveProperty('eval_judge_pairs');
});

test('the judge is compared with pairs on the Hub; a file that is gone is only said', async () => {
  const served = await serveDataSet('owner/pairs', { 'train.jsonl': pairs });
  try {
    const { metrics, warnings } = await evaluate({ source: at('questions.jsonl'), pairs: 'owner/pairs' });
    expect([metrics['eval_judge_pairs'], warnings]).toEqual([4, []]);
  } finally {
    await served.close();
  }
  for (const gone of [at('gone.jsonl'), 'gone/pairs.jsonl']) {
    const { metrics, warnings } = await evaluate({ source: at('questions.jsonl'), pairs: gone });
    expect(metrics).not.toHaveProperty('eval_judge_pairs');
    expect(warnings).toEqual([expect.stringContaining(`${gone} does not exist`)]);
  }
});

test('prompts alone are compared with what the reference answers', async () => {
  writeFileSync(at('prompts.jsonl'), lines(questions.map(({ question }) => ({ prompt: question }))));
  const layer = { source: at('prompts.jsonl'), data: {} };
  await expect(evaluate(layer)).rejects.toMatchObject({
    key: 'reference',
    message: expect.stringMatching(/prompts\.jsonl has prompts without a response.*Pass --reference/),
  });
  const { metrics, warnings } = await evaluate({ ...layer, reference: at('model') });
  expect(metrics).toMatchObject({ eval_win_rate: 0.5, eval_ties: 2 });
  expect(warnings).toContainEqual(
    `2 prompts without a response: the policy is compared with what the reference ${at('model')} answers.`,
  );
  expect(judged.every(({ response }) => response !== '')).toBe(true);
});
