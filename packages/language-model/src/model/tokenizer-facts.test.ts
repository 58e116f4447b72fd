import { describe, expect, it } from 'vitest';
import { tokenizerFacts } from './tokenizer-facts.js';

type Files = Record<string, unknown>;
const facts = (files: Files): ReturnType<typeof tokenizerFacts> =>
  tokenizerFacts({
    directory: 'model',
    files: new Map(
      Object.entries(files).map(([name, json]) => [
        name,
        new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json)),
      ]),
    ),
  });
const added = (...contents: string[]): { added_tokens: object[] } => ({
  added_tokens: contents.map((content, id) => ({ id, content })),
});

describe('tokenizerFacts', () => {
  it.each<[string, Files, object]>([
    [
      'tokenizer_config.json',
      {
        'tokenizer.json': added('<|endoftext|>', '</s>'),
        'tokenizer_config.json': { eos_token: '</s>', added_tokens_decoder: {} },
        'special_tokens_map.json': { eos_token: '<|endoftext|>' },
      },
      { content: '</s>', id: 1 },
    ],
    [
      'its long form',
      { 'tokenizer.json': added('</s>'), 'tokenizer_config.json': { eos_token: { content: '</s>' } } },
      { content: '</s>', id: 0 },
    ],
    [
      'special_tokens_map.json',
      {
        'tokenizer.json': added('a', '</s>'),
        'special_tokens_map.json': { eos_token: '</s>' },
        'tokenizer_config.json': { eos_token: 'a' },
      },
      { content: '</s>', id: 1 },
    ],
    [
      'the default name',
      { 'tokenizer.json': added('a', '<|endoftext|>'), 'tokenizer_config.json': { eos_token: null } },
      { content: '<|endoftext|>', id: 1 },
    ],
    [
      'a vocabulary of words',
      {
        'tokenizer.json': { model: { vocab: { a: 0, '</s>': 3 } } },
        'tokenizer_config.json': { eos_token: '</s>' },
      },
      { content: '</s>', id: 3 },
    ],
    [
      'a unigram vocabulary',
      {
        'tokenizer.json': {
          model: {
            vocab: [
              ['<unk>', 0],
              ['</s>', -1],
            ],
          },
        },
        'tokenizer_config.json': { eos_token: '</s>' },
      },
      { content: '</s>', id: 1 },
    ],
    [
      'added_tokens_decoder',
      { 'tokenizer_config.json': { eos_token: '</s>', added_tokens_decoder: { 7: { content: '</s>' } } } },
      { content: '</s>', id: 7 },
    ],
    [
      'the files of a slow tokenizer',
      { 'vocab.json': { '</s>': 4 }, 'tokenizer_config.json': { eos_token: '</s>' } },
      { content: '</s>', id: 4 },
    ],
  ])('finds the end-of-text token by %s', (_, files, endOfText) => {
    expect(facts(files).endOfText).toEqual(endOfText);
  });

  it('finds the padding token by its name', () => {
    expect(facts({ 'tokenizer.json': added('a', '<|padding|>') }).padding).toEqual({
      content: '<|padding|>',
      id: 1,
    });
    const named = { 'tokenizer.json': added('a', '<pad>'), 'tokenizer_config.json': { pad_token: 'a' } };
    expect(facts(named).padding).toEqual({ content: 'a', id: 0 });
  });

  it('tells special tokens from words', () => {
    const { special, vocabularySize, startOfText, unknown } = facts({
      'tokenizer.json': {
        added_tokens: [
          { id: 9, content: '<|tool|>', special: true },
          { id: 10, content: 'Swim', special: false },
          { id: 0, content: '<s>' },
        ],
        model: { vocab: { a: 1, '<unk>': 7 } },
      },
      'tokenizer_config.json': { bos_token: '<s>', unk_token: '<unk>' },
    });
    expect(special).toEqual(
      new Map([
        [9, '<|tool|>'],
        [0, '<s>'],
        [7, '<unk>'],
      ]),
    );
    expect([vocabularySize, startOfText?.id, unknown?.id]).toEqual([11, 0, 7]);
  });

  it.each<Files>([
    {},
    { 'tokenizer.json': null },
    { 'tokenizer.json': { added_tokens: [null, 1, { id: '0', content: '</s>' }], model: { vocab: 3 } } },
    { 'tokenizer.json': added('a'), 'tokenizer_config.json': { eos_token: 'toString', pad_token: 5 } },
    { 'tokenizer_config.json': { eos_token: '</s>', added_tokens_decoder: { x: { content: '</s>' } } } },
  ])('knows nothing of %j', (files) => {
    const { endOfText, padding } = facts(files);
    expect({ endOfText, padding }).toEqual({});
  });

  it('names a file that is not JSON', () => {
    expect(() => facts({ 'tokenizer.json': '{' })).toThrow(
      expect.objectContaining({ code: 'checkpoint-corrupt', file: 'model/tokenizer.json' }),
    );
  });
});
