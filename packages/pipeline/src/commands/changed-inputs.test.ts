import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPartialWork } from '@ais/trainer/runs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeChatModel } from '../../test/chat-model.js';
import { runContext, stepContext } from '../context.js';
import { readSettings } from '../settings/read-settings.js';
import { explainChange } from './changed-inputs.js';
import { runGenerate } from './run-generate.js';
import { runTrain } from './run-train.js';
import { inputsOf } from './stored-settings.js';

const root = mkdtempSync(join(tmpdir(), 'ais-changed-'));
const at = (name: string): string => join(root, name);
const write = (name: string, rows: readonly object[]): void =>
  writeFileSync(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const pairs = Array.from({ length: 6 }, (_, index) => ({
  ...{ prompt: `What is ${index}?`, chosen: 'It.', rejected: 'No idea.' },
}));

beforeAll(() => writeChatModel(at('model')));
afterAll(() => rmSync(root, { recursive: true }));

test.each([
  ['dpo', 'pairs'],
  ['kto', 'rows'],
])(
  'a run of %s whose pairs have changed names them, before the reference is asked',
  async (objective, counted) => {
    const file = at(`${objective}.jsonl`);
    const train = async (resume: boolean, beta = 0.1) => {
      const told: string[] = [];
      const settings = await readSettings('train', {
        flags: {
          ...{ model: at('model'), pairs: file, objective, beta, validationFraction: 0 },
          training: { steps: 1, batchSize: 2, warmupSteps: 0 },
          evaluation: { points: 0 },
          data: { maxPromptTokens: 64, maxResponseTokens: 32 },
        },
      });
      const context = runContext(at(objective), { resume, onProgress: ({ task }) => told.push(task) });
      const failure = await runTrain(settings, context).then(
        () => undefined,
        (error: Error) => error,
      );
      return { failure, told };
    };
    write(`${objective}.jsonl`, pairs);
    expect((await train(false)).failure).toBeUndefined();

    write(`${objective}.jsonl`, pairs.slice(1));
    // Also where the log-probabilities of the other pairs are gone.
    rmSync(join(at(objective), 'reference-log-probs.json'));
    const fewer = await train(true);
    expect(fewer.told).toEqual([]);
    const [before, now] = objective === 'dpo' ? [6, 5] : [12, 10];
    expect(fewer.failure).toMatchObject({
      code: 'changed-input',
      key: 'pairs',
      message: expect.stringContaining(
        `${file} (--pairs) has changed since ${at(objective)} was started: ${before} ${counted} to learn from then, ${now} now. Restore it, or choose another --out.`,
      ),
    });
    write(`${objective}.jsonl`, [...pairs.slice(1), { ...pairs[0], chosen: 'This.' }]);
    expect((await train(true)).failure?.message).toContain(
      `(--pairs) has changed since ${at(objective)} was started. `,
    );
    // Another setting is what the message is about, whatever the pairs are.
    expect((await train(true, 0.2)).failure?.message).toMatch(
      /was started with a different beta: 0.1 there, 0.2 now/,
    );
  },
);

test('work in a file names its setting, and the file of prompts that has changed', async () => {
  write(
    'questions.jsonl',
    pairs.map(({ prompt, chosen }) => ({ prompt, completion: chosen })),
  );
  const generate = async (temperature: number) => {
    const settings = await readSettings('generate', {
      flags: {
        ...{ model: at('model'), source: at('questions.jsonl'), prompts: 2, samples: 1, temperature },
        data: { maxPromptTokens: 64, maxResponseTokens: 4, heldOut: 0 },
      },
    });
    return { settings, run: () => runGenerate(settings, at('out.jsonl'), stepContext({ resume: true })) };
  };
  const { settings, run } = await generate(1);
  const begun = { ...inputsOf('generate', settings), model: 'another', prompts: 'others', sampling: {} };
  await (await openPartialWork(at('out.jsonl.partial'), begun, false)).close();
  await expect(run()).rejects.toThrow(
    `${at('model')} (--model) has changed since ${at('out.jsonl')} was started.`,
  );
  await expect((await generate(0.5)).run()).rejects.toThrow(
    /: The work in .*out\.jsonl\.partial was started with a different temperature: 1 there, 0\.5 now\. .* choose another file\.$/,
  );
  expect(readFileSync(at('out.jsonl.partial'), 'utf8')).toContain('"model":"another"');
});

test('other errors stay as they are', () => {
  const error = new Error('of another kind');
  expect(explainChange(error, 'runs/one', {})).toBe(error);
});
