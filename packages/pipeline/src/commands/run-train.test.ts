import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeChatModel } from '../../test/chat-model.js';
import { runContext } from '../context.js';
import { withObjective } from '../registries/objectives.js';
import { readSettings } from '../settings/read-settings.js';
import type { Layer } from '../settings/settings-file.js';
import { readEvaluations } from '../steps/recorded-evaluations.js';
import { runReferenceShard } from './run-reference-shard.js';
import { runReward } from './run-reward.js';
import { runTrain } from './run-train.js';

const root = mkdtempSync(join(tmpdir(), 'ais-train-'));
const at = (name: string): string => join(root, name);
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

beforeAll(async () => {
  await writeChatModel(at('model'));
  const numbers = Array.from({ length: 12 }, (_, index) => index);
  writeFileSync(
    at('questions.jsonl'),
    lines(numbers.map((index) => ({ question: `Who is ${index}?`, answer: `Number ${index}.` }))),
  );
  writeFileSync(
    at('pairs.jsonl'),
    lines(numbers.map((index) => ({ prompt: `What is ${index}?`, chosen: 'It.', rejected: 'No idea.' }))),
  );
  const judge = (method: string): string =>
    `export default { specificationVersion: 'v1', name: 'brevity', ${method} };`;
  writeFileSync(
    at('scores.mjs'),
    judge('score: async (items) => items.map(({ response }) => -response.length)'),
  );
  writeFileSync(at('compares.mjs'), judge('compare: async (pairs) => pairs.map(() => ({ outcome: 1 }))'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** Settings of a step. */
function settingsOf({ data, evaluation, ...layer }: Record<string, unknown>) {
  return readSettings('train', {
    flags: {
      ...{ model: at('model'), source: at('questions.jsonl'), scorer: at('scores.mjs') },
      ...{ training: { steps: 1, batchSize: 2 }, validationFraction: 0.25, ...layer },
      evaluation: { points: 1, prompts: 2, klPrompts: 0, ...(evaluation as object) },
      data: { maxPromptTokens: 64, maxResponseTokens: 32, heldOut: 4, ...(data as object) },
    } as Layer,
  });
}

/** Trains for a step. */
async function train(name: string, layer: Record<string, unknown>) {
  const warnings: string[] = [];
  const settings = await settingsOf(layer);
  const context = runContext(at(name), { onWarning: (text) => warnings.push(text) });
  return { ...(await runTrain(await withObjective(settings), context)), warnings };
}

test.each<[string, Record<string, unknown>, RegExp]>([
  ['kto', { online: true }, /online: kto learns from labeled responses/],
  ['online-dpo', { samples: 4 }, /samples: online-dpo learns from pairs, .*got 4\. Leave --samples out/],
  ['rloo', { samples: 1 }, /samples: rloo compares .*Use --samples 2 or more/],
  ['gspo', { samples: 1 }, /samples: gspo compares/],
  ['dpo', { online: true, samples: 3 }, /samples: dpo learns from pairs/],
  [
    'dpo',
    { selection: { patience: 2 }, evaluation: { points: 0 } },
    /selection needs evaluations.*--evaluations/,
  ],
])('%s with %j is refused before anything is prepared', async (objective, layer, message) => {
  await expect(train('refused', { objective, ...layer })).rejects.toThrow(message);
  expect(existsSync(at('refused'))).toBe(false);
});

test('a judge that only compares gives no labels by the difference of scores', async () => {
  const online = { objective: 'online-dpo', labels: 'bradley-terry', scorer: at('compares.mjs') };
  await expect(train('compared', online)).rejects.toMatchObject({
    key: 'labels',
    message: expect.stringMatching(/labels: .*compares\.mjs compares without scores/),
  });
  expect(existsSync(at('compared'))).toBe(false);
});

test('beside samples of its own, a run compares the judge with the held-out ones of --pairs', async () => {
  const { evaluations } = await train('online', { objective: 'rloo', pairs: at('pairs.jsonl') });
  expect(evaluations[0]?.metrics).toMatchObject({ eval_judge_pairs: 3, eval_judge_agreement: 1 });
});

test.each(['rloo', 'online-dpo'])(
  '%s learns from prompts alone, and is compared with the model before training',
  async (objective) => {
    const prompts = Array.from({ length: 12 }, (_, index) => ({ prompt: `Who is ${index}?` }));
    writeFileSync(at('prompts.jsonl'), lines(prompts));
    writeFileSync(
      at('careful.mjs'),
      `export default { specificationVersion: 'v1', name: 'careful', score: async (items) => items.map(({ response }) => {
       if (response === '') throw new Error('an empty response');
       return -response.length;
     }) };`,
    );
    const layer = { objective, source: at('prompts.jsonl'), scorer: at('careful.mjs') };
    const { evaluations, warnings } = await train(`alone-${objective}`, layer);
    expect(evaluations[0]?.metrics).toMatchObject({ eval_win_rate: 0.5, eval_ties: 2 });
    const [start] = await readEvaluations(at(`alone-${objective}`));
    expect(start?.responses.map(({ reference }) => reference)).toEqual(
      start?.responses.map(({ text }) => text),
    );
    expect(warnings).toContainEqual(
      '2 prompts without a response: the policy is compared with what the model before training answers.',
    );
    // Where nothing is evaluated there is nothing to try the judge on.
    await train(`unmeasured-${objective}`, { ...layer, evaluation: { points: 0 } });
    // Pairs are made of responses.
    await expect(train('offline', { ...layer, objective: 'dpo' })).rejects.toThrow(
      /prompts\.jsonl.*found "prompt"/,
    );
  },
);

test('a run on its own samples takes prompts whose references are long', async () => {
  const rows = Array.from({ length: 12 }, (_, index) => ({
    question: `Who is ${index}?`,
    answer: index < 8 ? 'I do not know. '.repeat(40) : 'I.',
  }));
  writeFileSync(at('long.jsonl'), lines(rows));
  const layer = {
    source: at('long.jsonl'),
    evaluation: { points: 0 },
    training: { epochs: 1, batchSize: 2 },
  };
  const long = { longResponses: 'drop', maxResponseTokens: 8 };
  const { steps } = await train('long-online', {
    ...layer,
    objective: 'rloo',
    data: { ...long, heldOut: 0 },
  });
  expect(steps).toBe(6);
});

test('the reference of held-out responses is computed only if something is measured on them', async () => {
  await train('kto', { objective: 'kto', pairs: at('pairs.jsonl'), evaluation: { points: 0 } });
  expect(readdirSync(at('kto'))).toContain('reference-log-probs.json');
  expect(readdirSync(at('kto'))).not.toContain('held-out-reference-log-probs.json');
});

test('a shard computes those of held-out pairs only if something is measured on them', async () => {
  const shard = async (name: string, points: number): Promise<readonly string[]> => {
    const settings = await settingsOf({ pairs: at('pairs.jsonl'), evaluation: { points } });
    await runReferenceShard(await withObjective(settings), { index: 1, count: 1 }, runContext(at(name)));
    return readdirSync(at(name)).sort();
  };
  const trained = 'reference-log-probs.json.shard-1-of-1';
  expect(await shard('unmeasured', 0)).toEqual([trained]);
  expect(await shard('measured', 1)).toEqual([`held-out-${trained}`, trained]);
});

test('a run says in its checkpoint which command it was, and how its text was split', async () => {
  const { checkpoint } = await train('told', { objective: 'dpo', pairs: at('pairs.jsonl') });
  const told: unknown = JSON.parse(readFileSync(join(checkpoint, 'text.json'), 'utf8'));
  expect(told).toMatchObject({ command: 'train', source: at('questions.jsonl'), scale: 'tiny' });
});

test('log-probabilities that nothing reads may be there in part: of kto, and of reward models', async () => {
  const rows = Array.from({ length: 8 }, (_, index) => ({
    ...{ id: `${index}`, prompt: [40 + index], chosen: [50, 0], rejected: [51, 0] },
    ...(index === 0 && { chosenLogProb: -1, rejectedLogProb: -2 }),
  }));
  writeFileSync(at('tokens.jsonl'), lines(rows));
  await expect(train('dpo', { objective: 'dpo', pairs: at('tokens.jsonl') })).rejects.toThrow(
    /it is missing, and other rows have it/,
  );
  const { steps } = await train('kto-tokens', { objective: 'kto', pairs: at('tokens.jsonl') });
  expect(steps).toBe(1);
  const settings = await readSettings('reward', {
    flags: {
      ...{ model: at('model'), pairs: at('tokens.jsonl'), validationFraction: 0.25 },
      ...{ training: { steps: 1, batchSize: 2 }, data: { maxPromptTokens: 64, maxResponseTokens: 32 } },
    },
  });
  expect((await runReward(settings, runContext(at('judge')))).steps).toBe(1);
});

test('prompts that are held out and trained on are those of the source, where pairs are made from it', async () => {
  const posts = Array.from({ length: 12 }, (_, index) => ({
    prompt: `SUBREDDIT: r/a\n\nTITLE: b\n\nPOST: c.\n\n${`${index} words `.repeat(20)}\n\nTL;DR:`,
    completion: ` Post ${index}.`,
  }));
  writeFileSync(at('posts.jsonl'), lines(posts));
  const { warnings } = await train('shared', { objective: 'dpo', source: at('posts.jsonl') });
  expect(warnings).toContainEqual(
    `2 of the 2 held-out prompts are trained on too: they are prompts of ${at('posts.jsonl')}. Evaluate on other prompts.`,
  );
});
