import { readFileSync } from 'node:fs';
import { createTokenizer, type TokenizerJson } from '@ais/data/tokenizer';
import { expect, test } from 'vitest';
import { promptText } from './corpus.js';

test('the text of a prompt has its special tokens, so that a chat template’s marks say who speaks', () => {
  const path = new URL('../../../data/fixtures/tokenizer.json', import.meta.url);
  const plain = JSON.parse(readFileSync(path, 'utf8')) as TokenizerJson;
  const tokenizer = createTokenizer({
    ...plain,
    added_tokens: [
      ...(plain.added_tokens ?? []),
      { id: 512, content: '<|im_start|>', special: true },
      { id: 513, content: '<|im_end|>', special: true },
    ],
  });
  const text = promptText({ tokenizer });
  const chat = '<|im_start|>user\nWhy is soup, “hot”? 🥣<|im_end|>\n<|im_start|>assistant\n';
  for (const prompt of [chat, 'SUBREDDIT: r/a\nTL;DR:', '', '<|im_end|>']) {
    expect(text(tokenizer.encode(prompt))).toBe(prompt);
  }
});
