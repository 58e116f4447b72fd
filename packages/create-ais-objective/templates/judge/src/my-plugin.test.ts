import { verifyScorer } from '@ais/gold-eval';
import { expect, test } from 'vitest';
import { judge } from './my-plugin.js';

const items = [
  { prompt: 'Why?', response: ' Because.' },
  { prompt: 'Why?', response: ' Because it is so.' },
  { prompt: 'Why?', response: ' Why?' },
  { prompt: 'Why?', response: '' },
];

test('gives every response one finite score, the same in any batch and any order', async () => {
  const { rewards } = await verifyScorer(judge, items);
  expect(rewards).toEqual([-1, -4, -100, 0]);
});
