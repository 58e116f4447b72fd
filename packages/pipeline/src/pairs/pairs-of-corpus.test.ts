import { expect, it } from 'vitest';
import { characterTokenizer as tokenizer } from '../../test/character-tokenizer.js';
import { examplesOfPairs } from './pairs-of-corpus.js';

it('examplesOfPairs has each prompt once, with a preferred response as the reference, and as many as are asked for', () => {
  const pair = { prompt: [97], rejected: [0] };
  const pairs = [
    { ...pair, id: 'p', chosen: [98, 0] },
    { ...pair, id: 'q', chosen: [99, 0] },
    { ...pair, id: 'r', prompt: [100], chosen: [101, 0] },
  ];
  expect(examplesOfPairs(pairs, { tokenizer }, 1)).toMatchObject([{ id: 'p' }]);
  expect(examplesOfPairs(pairs, { tokenizer }, 8)).toEqual([
    { id: 'p', prompt: [97], response: [98, 0], promptText: 'a', responseText: 'b' },
    { id: 'r', prompt: [100], response: [101, 0], promptText: 'd', responseText: 'e' },
  ]);
});
