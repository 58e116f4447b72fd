import { readFileSync } from 'node:fs';
import { loadTokenizer } from '@ais/data';
import { trainTokenizer } from '@ais/data/tokenizer';
import { beforeEach, describe, expect, test } from 'vitest';
import { caseFolder } from './case-folder.js';
import { smallModel } from './small-model.js';

const { at, write, ais, answer } = caseFolder();
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];
const rows = Array.from({ length: 6 }, (_, n) => ({ prompt: `Lake ${n}?`, completion: ` Deep ${n}.` }));

beforeEach(async () => {
  await smallModel(at('policy'), { seed: 1 });
  const other = await trainTokenizer(['Rivers run, and rivers ran.', 'A river runs to the sea.'], {
    vocabularySize: 280,
  });
  await smallModel(at('stranger'), { tokenizer: other, seed: 2 });
  await answer(
    ...[
      'generate',
      '--model',
      at('policy'),
      '--source',
      write('rows.jsonl', rows),
      '--samples',
      '2',
      ...backend,
    ],
    ...['--max-response-tokens', '12', '--set', 'split=supervised', '--out', at('responses.jsonl')],
  );
});

const json = (name: string): Record<string, unknown>[] =>
  readFileSync(at(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A reward model with the tokenizer of a model, of one step. */
async function judgeOf(model: string): Promise<string> {
  const pairs = rows.map(({ prompt, completion }) => ({ prompt, chosen: completion, rejected: ' No.' }));
  runs += 1;
  const out = at(`judge-of-${model}-${runs}`);
  await answer(
    ...['reward', '--model', at(model), '--pairs', write('text-pairs.jsonl', pairs), '--steps', '1'],
    ...['--batch-size', '2', ...backend, '--out', out],
  );
  return out;
}
let runs = 0;

test('ais label refuses a judge with another tokenizer, or gives it the text', async () => {
  const label = ['label', '--responses', at('responses.jsonl'), ...backend, '--out', at('pairs.jsonl')];
  const judge = await judgeOf('stranger');
  const { status, said } = await ais(...label, '--scorer', judge);
  expect(status).not.toBe(0);
  const [owner] = json('responses.jsonl').map(({ tokenizer }) => tokenizer as string);
  expect(said).toMatch(
    new RegExp(
      `has the tokenizer [0-9a-f]{16}, and the responses are of the tokenizer ${owner}.*--retokenize`,
    ),
  );
  await answer(...label, '--scorer', judge, '--retokenize');
  // Its scores are those of the same text in its own tokens, which no row of this file has.
  const stranger = await loadTokenizer(at('stranger'));
  const own = json('responses.jsonl').map(({ tokenizer: _, promptText, responseText, finished, ...row }) => ({
    ...row,
    promptText,
    responseText,
    finished,
    prompt: stranger.encode(promptText as string),
    response: [...stranger.encode(responseText as string), ...(finished ? [stranger.endOfTextToken] : [])],
  }));
  const scores = (name: string) =>
    json(name).map(({ chosenText, chosenScore }) => ({ chosenText, chosenScore }));
  const retokenized = scores('pairs.jsonl');
  expect(retokenized.length).toBeGreaterThan(0);
  await answer(
    ...[
      'label',
      '--responses',
      write('own.jsonl', own),
      '--scorer',
      judge,
      ...backend,
      '--out',
      at('own-pairs.jsonl'),
    ],
  );
  expect(retokenized).toEqual(scores('own-pairs.jsonl'));
  expect((await ais(...label, '--scorer', await judgeOf('policy'))).status).toBe(0);
});

test('responses of two tokenizers are not labeled together', async () => {
  const mixed = json('responses.jsonl').map((row, n) =>
    n < 2 ? row : { ...row, tokenizer: 'beefbeefbeefbeef' },
  );
  const { status, said } = await ais(
    ...[
      'label',
      '--responses',
      write('mixed.jsonl', mixed),
      '--scorer',
      await judgeOf('policy'),
      ...backend,
      '--out',
      at('x.jsonl'),
    ],
  );
  expect(status).not.toBe(0);
  expect(said).toMatch(/responses of two tokenizers, [0-9a-f]{16} and beefbeefbeefbeef/);
});

describe('pairs of tokens go to models with their tokenizer only', () => {
  beforeEach(async () => {
    await answer(
      ...['label', '--responses', at('responses.jsonl'), '--scorer', await judgeOf('policy'), ...backend],
      ...['--out', at('labeled.jsonl')],
    );
  });
  const commands: readonly (readonly [string, string[]])[] = [
    ['reward', ['--steps', '1', '--batch-size', '2']],
    ['train', ['--steps', '1', '--batch-size', '2', '--set', 'evaluation.points=0']],
    [
      'evaluate',
      [
        ...['--set', 'validationFraction=0.5', '--set', 'klPrompts=0', '--max-response-tokens', '8'],
        ...['--set', 'data.longResponses=cut'],
      ],
    ],
  ];
  test.each(commands)('ais %s', async (command, more) => {
    const run = (model: string, ...flags: string[]) => {
      runs += 1;
      return ais(
        ...[command, '--model', at(model), '--pairs', at('labeled.jsonl'), ...more, ...backend, ...flags],
        ...(command === 'evaluate' ? [] : ['--out', at(`out-${command}-${runs}`)]),
      );
    };
    const refused = await run('stranger');
    expect(refused.status).not.toBe(0);
    expect(refused.said).toMatch(
      /line 1: its tokens are of the tokenizer [0-9a-f]{16}, and the model has the tokenizer [0-9a-f]{16}/,
    );
    const again = await run('stranger', '--retokenize');
    expect(again.status, again.said).toBe(0);
    expect(again.said).toMatch(/\d+ pairs? whose text was tokenized again/);
    expect((await run('policy')).status).toBe(0);
  });
});

test('ais evaluate refuses a reference, and a judge, with another tokenizer', async () => {
  const evaluate = ['evaluate', '--model', at('policy'), '--source', write('held.jsonl', rows), ...backend];
  const few = ['--set', 'klPrompts=2', '--set', 'data.heldOut=2', '--max-response-tokens', '12'];
  const reference = await ais(...evaluate, ...few, '--reference', at('stranger'));
  expect(reference.status).not.toBe(0);
  expect(reference.said).toMatch(/reference .*stranger: its tokens are of the tokenizer/);
  const judge = await judgeOf('stranger');
  const scored = await ais(...evaluate, ...few, '--scorer', judge);
  expect(scored.status).not.toBe(0);
  expect(scored.said).toMatch(/has the tokenizer/);
  expect((await ais(...evaluate, ...few, '--scorer', judge, '--retokenize')).status).toBe(0);
});
