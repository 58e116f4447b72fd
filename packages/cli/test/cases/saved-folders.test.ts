import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTokenizer } from '@ais/data';
import type { TokenizerConfigJson } from '@ais/data/tokenizer';
import { describe, expect, test } from 'vitest';
import { JAVASCRIPT_KINDS, RUST_KINDS } from '../../../data/test/tokenizer-kinds.js';
import { caseFolder } from './case-folder.js';
import { readJson, smallModel, tokenizerOf } from './small-model.js';

const { at, write, answer } = caseFolder();
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];
const names = [
  'GPT-2',
  'GPT-NeoX',
  'Llama 2',
  'Gemma',
  'Mistral',
  'Unigram with bytes',
  'BERT',
  'WordLevel',
  'quick tour',
];
const kinds = [...JAVASCRIPT_KINDS, ...RUST_KINDS].filter(({ name }) => names.includes(name));
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
];
const rows = Array.from({ length: 6 }, (_, n) => ({
  prompt: ['the', 'lake', 'we', 'dinner', 'are', 'the the'].slice(0, n + 1).join(' '),
  completion: ' the lake',
}));
const pairs = rows.map(({ prompt, completion }) => ({
  prompt,
  chosen: completion,
  rejected: ' lake lake lake',
}));

const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => TOKENIZER_FILES.includes(name))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

/** Texts of special tokens that a tokenizer's files name. */
const named = (content: Record<string, unknown>): string[] =>
  Object.entries(content as TokenizerConfigJson).flatMap(([key, value]) => {
    if (!/_token$/.test(key) || value === null || value === undefined) return [];
    return typeof value === 'object' ? [(value as { content: string }).content] : [String(value)];
  });

describe.each(kinds)('the tokenizer of $name', ({ json, endOfText }) => {
  test('is saved as it was, and names no token that its vocabulary lacks', async () => {
    await smallModel(at('model'), { tokenizer: tokenizerOf(json, endOfText) });
    const before = await loadTokenizer(at('model'));
    const common = ['--model', at('model'), '--steps', '1', '--batch-size', '2', ...backend];
    runs += 1;
    await answer(
      ...[
        'sft',
        ...common,
        '--source',
        write('rows.jsonl', rows),
        '--set',
        'evaluation.points=0',
        '--out',
        at(`sft-${runs}`),
      ],
    );
    await answer('reward', ...common, '--pairs', write('pairs.jsonl', pairs), '--out', at(`reward-${runs}`));
    for (const run of [`sft-${runs}`, `reward-${runs}`]) {
      const saved = at(run, 'checkpoints', 'step-1');
      const after = await loadTokenizer(saved);
      expect(after.fingerprint).toBe(before.fingerprint);
      expect(after.vocabularySize).toBe(before.vocabularySize);
      const files = filesOf(saved);
      expect(files['tokenizer.json']).toBe(filesOf(at('model'))['tokenizer.json']);
      if (run.startsWith('sft')) expect(files).toEqual(filesOf(at('model')));
      const known = vocabularyOf(json);
      for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) {
        for (const text of named(readJson(join(saved, name)))) expect(known).toContain(text);
      }
      const { vocab_size, eos_token_id, pad_token_id } = readJson(join(saved, 'config.json')) as Record<
        string,
        unknown
      >;
      expect(vocab_size).toBe(before.vocabularySize);
      expect([eos_token_id].flat()).toEqual([before.endOfTextToken]);
      if (run.startsWith('reward')) expectNoWord(pad_token_id, before.endOfTextToken, json);
    }
  });
});
let runs = 0;

test('a tokenizer learned here has a padding token, which all files of a new model and of its reward model name', async () => {
  const few = ['--steps', '1', '--batch-size', '2', '--records', '8', '--held-out', '4', ...backend];
  const shape = ['--preset', 'tiny', '--set', 'evaluation.points=0'];
  await answer('sft', ...shape, ...few, '--out', at('new'));
  await answer(
    ...[
      'reward',
      '--model',
      at('new'),
      ...few,
      '--preset',
      'tiny',
      '--validation-fraction',
      '0.5',
      '--out',
      at('judge'),
    ],
  );
  for (const run of ['new', 'judge']) {
    const saved = at(run, 'checkpoints', 'step-1');
    const { endOfTextToken, paddingToken, vocabularySize } = await loadTokenizer(saved);
    expect([endOfTextToken, paddingToken]).toEqual([0, 1]);
    expect(readJson(join(saved, 'config.json'))).toMatchObject({
      pad_token_id: 1,
      vocab_size: vocabularySize,
      eos_token_id: 0,
    });
    expect(readJson(join(saved, 'tokenizer_config.json'))).toMatchObject({ pad_token: '<|padding|>' });
    if (run === 'new') {
      expect(readJson(join(saved, 'generation_config.json'))).toMatchObject({
        pad_token_id: 1,
        eos_token_id: 0,
      });
    }
  }
});

function vocabularyOf({ model, added_tokens }: (typeof kinds)[number]['json']): Set<string> {
  const { vocab } = model as { vocab: Record<string, number> | [string, number][] };
  const own = Array.isArray(vocab) ? vocab.map(([text]) => text) : Object.keys(vocab);
  return new Set([...own, ...(added_tokens ?? []).map(({ content }) => content)]);
}

/** `transformers` scores the rightmost token that is not this one: it must never end a text. */
function expectNoWord(
  padding: unknown,
  endOfText: number,
  { added_tokens }: (typeof kinds)[number]['json'],
): void {
  expect(padding).not.toBe(endOfText);
  const special = (added_tokens ?? []).filter((token) => token.special).map(({ id }) => id);
  if (padding !== null && padding !== undefined) expect(special).toContain(padding);
}
