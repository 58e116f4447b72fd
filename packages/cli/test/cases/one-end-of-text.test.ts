import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPreparedDataset } from '@ais/data/prepared';
import type { TokenizerJson } from '@ais/data/tokenizer';
import { describe, expect, test, vi } from 'vitest';
import { gpt2, JAVASCRIPT_KINDS } from '../../../data/test/tokenizer-kinds.js';
import { caseFolder } from './case-folder.js';
import { readJson, type SmallModelOptions, smallModel, tokenizerOf } from './small-model.js';

const { at, write, ais, answer } = caseFolder();
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];

/** GPT-2's, with the end of turns beside the end of text. */
const turns: TokenizerJson = {
  ...gpt2,
  added_tokens: [
    ...(gpt2.added_tokens ?? []),
    ...['<|im_start|>', '<|im_end|>'].map((content, index) => ({
      id: 512 + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
  ],
};
const IM_END = 513;
const chat = tokenizerOf(turns, '<|im_end|>');
const rows = Array.from({ length: 6 }, (_, index) => ({
  prompt: `Lake ${index}?`,
  completion: ` Deep ${index}.`,
}));
const generate = (model: string, ...more: string[]) => [
  ...['generate', '--model', model, '--source', write('prompts.jsonl', rows), ...backend],
  ...[
    '--samples',
    '1',
    '--temperature',
    '0',
    '--set',
    'split=supervised',
    '--set',
    'data.maxResponseTokens=12',
  ],
  ...more,
];

describe('generation stops at every token that a file declares as the end', () => {
  const config = { 'config.json': { eos_token_id: 0 } };
  test.each<[string, SmallModelOptions, number]>([
    ['the tokenizer, against config.json', { always: IM_END, files: config }, 1],
    [
      'the tokenizer, where config.json says null',
      { always: IM_END, files: { 'config.json': { eos_token_id: null } } },
      1,
    ],
    [
      'the tokenizer, where config.json has no such key',
      { always: IM_END, files: { 'config.json': { eos_token_id: undefined } } },
      1,
    ],
    ['config.json, against the tokenizer', { always: 0, files: config }, 1],
    ['a list in config.json', { always: 300, files: { 'config.json': { eos_token_id: [0, 300] } } }, 1],
    [
      'generation_config.json alone',
      { always: 300, files: { 'generation_config.json': { eos_token_id: 300 } } },
      1,
    ],
    [
      'a list in generation_config.json',
      { always: 301, files: { 'generation_config.json': { eos_token_id: [0, 301] } } },
      1,
    ],
    [
      'an object in tokenizer_config.json',
      {
        always: 0,
        files: { 'tokenizer_config.json': { eos_token: { content: '<|endoftext|>', lstrip: false } } },
      },
      1,
    ],
    [
      'special_tokens_map.json',
      { always: 0, files: { 'special_tokens_map.json': { eos_token: '<|endoftext|>' } } },
      1,
    ],
    ['no file: a word that is 2', { always: 2, files: { 'config.json': { eos_token_id: null } } }, 12],
    ['no file: a word', { always: 300, files: config }, 12],
  ])('%s', async (_, options, length) => {
    await smallModel(at('end'), { tokenizer: chat, ...options });
    const out = at('responses.jsonl');
    const { finished, tokens } = await answer(...generate(at('end'), '--out', out));
    expect({ finished, tokens }).toEqual({ finished: length === 1 ? 5 : 0, tokens: 5 * length });
    const first = JSON.parse(readFileSync(out, 'utf8').split('\n')[0] ?? '') as { responseText: string };
    expect(first.responseText).not.toContain('<|');
  });

  test('a token beyond the vocabulary is left out, with a warning', async () => {
    await smallModel(at('beyond'), { tokenizer: chat, files: { 'config.json': { eos_token_id: 9000 } } });
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { status, said } = await ais(...generate(at('beyond'), '--out', at('beyond.jsonl')));
    expect(status, said).toBe(0);
    expect(warned).toHaveBeenCalledWith(expect.stringMatching(/config\.json.*9000/));
    warned.mockRestore();
  });

  test('ais evaluate stops there too', async () => {
    await smallModel(at('judged'), {
      tokenizer: chat,
      always: IM_END,
      files: { 'config.json': { eos_token_id: 0 } },
    });
    const { metrics } = await answer(
      ...['evaluate', '--model', at('judged'), '--source', write('held.jsonl', rows), ...backend],
      ...['--set', 'data.heldOut=2', '--set', 'klPrompts=0'],
    );
    expect(metrics).toMatchObject({ eval_mean_length: 1 });
  });
});

describe('text that ends in the end of text gets one, not two', () => {
  const kinds = JAVASCRIPT_KINDS.filter(({ name }) =>
    ['GPT-2', 'Llama 3', 'Gemma', 'Mistral'].includes(name),
  );
  const ends: readonly (readonly [string, (end: string) => string])[] = [
    ['nothing', () => ''],
    ['its own end', (end) => end],
    ['its own end and a line break', (end) => `${end}\n`],
    ['its own end twice', (end) => end + end],
    ["GPT-2's end", () => '<|endoftext|>'],
  ];
  const all = [
    ...kinds.map(({ name, json, endOfText }) => ({ name, json, endOfText })),
    { name: 'ChatML', json: turns, endOfText: '<|im_end|>' },
  ];

  let builds = 0;
  describe.each(all)('with the tokenizer of $name', ({ json, endOfText }) => {
    test.each(ends)('%s', async (what, end) => {
      const folder = at(`tokenizer-${what}`);
      const tokenizer = tokenizerOf(json, endOfText);
      await tokenizer.save(folder);
      const texts = write('texts.jsonl', [{ prompt: 'Lake?', completion: ` Deep.${end(endOfText)}` }]);
      const csv = write('texts.csv', `prompt,completion\nLake?," Deep.${end(endOfText)}"\n`);
      const pairs = write('pairs.jsonl', [
        { prompt: 'Lake?', chosen: ` Deep.${end(endOfText)}`, rejected: ` No.${end(endOfText)}` },
      ]);
      const expected = (text: string) => [...tokenizer.encode(text), tokenizer.endOfTextToken];
      for (const [source, kind] of [
        [texts, 'text'],
        [csv, 'text'],
        [pairs, 'comparisons'],
      ] as const) {
        builds += 1;
        const out = at(`built-${builds}`);
        await answer(
          ...['data', 'build', '--source', source, '--tokenizer', folder, '--out', out, '--threads', '1'],
          ...['--splits', 'train=1', '--kind', kind],
        );
        const { split } = await openPreparedDataset(out, { kind });
        const [example] = await split('train').examples();
        expect(example).toMatchObject(
          kind === 'text'
            ? { response: expected(' Deep.') }
            : { chosen: expected(' Deep.'), rejected: expected(' No.') },
        );
      }
    });
  });

  test('ais sft, reward, and train learn from the same tokens either way', async () => {
    await smallModel(at('learner'), { tokenizer: chat });
    const train = async (name: string, end: string) => {
      const texts = write(
        `${name}.jsonl`,
        rows.map((row) => ({ ...row, completion: row.completion + end })),
      );
      const pairs = write(
        `${name}-pairs.jsonl`,
        rows.map(({ prompt, completion }) => ({ prompt, chosen: completion + end, rejected: ` No.${end}` })),
      );
      const common = [
        '--model',
        at('learner'),
        '--steps',
        '1',
        '--batch-size',
        '2',
        '--seed',
        '5',
        ...backend,
      ];
      const metrics = [];
      for (const argv of [
        ['sft', ...common, '--source', texts, '--set', 'evaluation.points=0'],
        ['reward', ...common, '--pairs', pairs],
        ['train', ...common, '--pairs', pairs, '--set', 'evaluation.points=0', '--objective', 'ais-dpo'],
      ]) {
        const found = (await answer(...argv, '--out', at(`${name}-${argv[0]}`)))['metrics'] as Record<
          string,
          number
        >;
        metrics.push(
          Object.fromEntries(Object.entries(found).filter(([key]) => !/second|memory|time/i.test(key))),
        );
      }
      return metrics;
    };
    expect(await train('doubled', '<|im_end|>')).toEqual(await train('plain', ''));
  });
});

test('a checkpoint says the same in all its files', async () => {
  await smallModel(at('torn'), {
    tokenizer: chat,
    files: { 'config.json': { eos_token_id: 0 }, 'generation_config.json': { eos_token_id: [0, 300] } },
  });
  const source = write('rows.jsonl', rows);
  await answer(
    ...['sft', '--model', at('torn'), '--source', source, '--steps', '1', '--batch-size', '2', ...backend],
    ...['--set', 'evaluation.points=0', '--out', at('mended')],
  );
  const saved = at('mended', 'checkpoints', 'step-1');
  const ids = [IM_END, 0, 300];
  expect(readJson(join(saved, 'config.json'))['eos_token_id']).toEqual(ids);
  expect(readJson(join(saved, 'generation_config.json'))['eos_token_id']).toEqual(ids);
  expect(readJson(join(saved, 'tokenizer_config.json'))['eos_token']).toBe('<|im_end|>');
});
