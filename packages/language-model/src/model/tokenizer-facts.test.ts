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
        'tokenizer_config.json': { eos_token: '</s>' },
        'special_tokens_map.json': { eos_token: '<|endoftext|>' },
      },
      { content: '</s>', id: 1, isNamed: true },
    ],
    [
      'its long form',
      { 'tokenizer.json': added('</s>'), 'tokenizer_config.json': { eos_token: { content: '</s>' } } },
      { content: '</s>', id: 0, isNamed: true },
    ],
    [
      'special_tokens_map.json',
      { 'tokenizer.json': added('a', '</s>'), 'special_tokens_map.json': { eos_token: '</s>' } },
      { content: '</s>', id: 1, isNamed: false },
    ],
    [
      'the default name',
      { 'tokenizer.json': added('a', '<|endoftext|>'), 'tokenizer_config.json': { eos_token: null } },
      { content: '<|endoftext|>', id: 1, isNamed: false },
    ],
    [
      'a vocabulary of words',
      {
        'tokenizer.json': { model: { vocab: { a: 0, '</s>': 3 } } },
        'tokenizer_config.json': { eos_token: '</s>' },
      },
      { content: '</s>', id: 3, isNamed: true },
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
      { content: '</s>', id: 1, isNamed: true },
    ],
    [
      'added_tokens_decoder',
      { 'tokenizer_config.json': { eos_token: '</s>', added_tokens_decoder: { 7: { content: '</s>' } } } },
      { content: '</s>', id: 7, isNamed: true },
    ],
    [
      'the files of a slow tokenizer',
      { 'vocab.json': { '</s>': 4 }, 'tokenizer_config.json': { eos_token: '</s>' } },
      { content: '</s>', id: 4, isNamed: true },
    ],
  ])('finds the end-of-text token by %s', (_, files, endOfText) => {
    expect(facts(files)).toEqual({ endOfText });
  });

  it('finds the padding token by its name', () => {
    expect(facts({ 'tokenizer.json': added('a', '<|padding|>') }).padding).toEqual({
      content: '<|padding|>',
      id: 1,
    });
    const named = { 'tokenizer.json': added('a', '<pad>'), 'tokenizer_config.json': { pad_token: 'a' } };
    expect(facts(named).padding).toEqual({ content: 'a', id: 0 });
  });

  it.each<Files>([
    {},
    { 'tokenizer.json': null },
    { 'tokenizer.json': { added_tokens: [null, 1, { id: '0', content: '</s>' }], model: { vocab: 3 } } },
    { 'tokenizer.json': added('a'), 'tokenizer_config.json': { eos_token: 'toString', pad_token: 5 } },
    { 'tokenizer_config.json': { eos_token: '</s>', added_tokens_decoder: { x: { content: '</s>' } } } },
  ])('knows nothing of %j', (files) => {
    expect(facts(files)).toEqual({});
  });

  it('names a file that is not JSON', () => {
    expect(() => facts({ 'tokenizer.json': '{' })).toThrow(
      expect.objectContaining({ code: 'checkpoint-corrupt', file: 'model/tokenizer.json' }),
    );
  });
});
