import { describe, expect, it } from 'vitest';
import { type GptNeoxOptions, gptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import { rewardPaddingToken } from './padding-token.js';
import { tokenizerFacts } from './tokenizer-facts.js';

const special = (id: number, content: string): object => ({ id, content, special: true });
const WORDS = {
  model: { vocab: Object.fromEntries(Array.from({ length: 8 }, (_, id) => [`word ${id}`, id + 2])) },
};

function choose(options: Partial<GptNeoxOptions>, tokenizer?: object, config: object = {}): number | null {
  const configuration = gptNeoxConfiguration({
    vocabularySize: 10,
    hiddenSize: 8,
    layerCount: 1,
    headCount: 1,
    ...options,
  });
  const text = (json: object): Uint8Array => new TextEncoder().encode(JSON.stringify(json));
  const files = new Map(
    tokenizer === undefined
      ? []
      : [
          ['tokenizer.json', text(tokenizer)],
          ['tokenizer_config.json', text({ eos_token: '</s>', ...config })],
        ],
  );
  return rewardPaddingToken(configuration, tokenizerFacts({ files, directory: '' }));
}

describe('rewardPaddingToken', () => {
  const two = { ...WORDS, added_tokens: [special(0, '</s>'), special(1, '<other>')] };

  it.each<[string, number | null, Parameters<typeof choose>]>([
    ['is the tokenizer’s', 1, [{}, two, { pad_token: '<other>' }]],
    [
      'is the tokenizer’s, whatever the configuration says',
      1,
      [{ paddingToken: 5 }, two, { pad_token: '<other>' }],
    ],
    [
      'is one whose name says so',
      1,
      [{}, { ...WORDS, added_tokens: [special(0, '</s>'), special(1, '<|padding|>')] }],
    ],
    ['is the configuration’s', 3, [{ paddingToken: 3 }]],
    ['is not the configuration’s if that is a word', 1, [{ paddingToken: 3 }, two]],
    ['is no end of text, though the tokenizer says so', 1, [{}, two, { pad_token: '</s>' }]],
    ['is no end of text, though the configuration says so', null, [{ paddingToken: 0 }]],
    ['is none of several ends of text', null, [{ paddingToken: 1, endOfTextTokens: [0, 1] }, two]],
    [
      'is a special token for padding before any other',
      2,
      [
        {},
        { added_tokens: [special(0, '</s>'), special(1, '<s>'), special(2, '<|vision_pad|>')] },
        { bos_token: '<s>' },
      ],
    ],
    [
      'is the token that starts texts before any other',
      2,
      [
        {},
        { added_tokens: [special(0, '</s>'), special(1, '<x>'), special(2, '<s>')] },
        { bos_token: '<s>' },
      ],
    ],
    [
      'is not the unknown token, which a text may end with',
      null,
      [{}, { ...WORDS, added_tokens: [special(0, '</s>'), special(1, '<unk>')] }, { unk_token: '<unk>' }],
    ],
    [
      'is an id that only the model has',
      10,
      [{ vocabularySize: 16 }, { ...WORDS, added_tokens: [special(0, '</s>')] }],
    ],
    [
      'is none if every token is a word or an end of text',
      null,
      [{}, { ...WORDS, added_tokens: [special(0, '</s>')] }],
    ],
    ['is none if nothing is known', null, [{}]],
  ])('%s', (_, expected, given) => {
    expect(choose(...given)).toBe(expected);
  });
});
