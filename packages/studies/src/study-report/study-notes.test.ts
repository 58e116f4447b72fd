import { expect, test } from 'vitest';
import type { ClaimVerdict } from '../data/study-data.js';
import { standing } from './study-notes.js';

const claim = (verdict: ClaimVerdict, seeds: number) => ({
  verdict,
  seeds: Array.from({ length: seeds }, (_, index) => index + 1),
});

test('says what is settled, what is open, and what it would take', () => {
  const lines = standing([
    claim('shown', 300),
    claim('shown', 3),
    claim('refuted', 3),
    claim('open', 1),
    claim('open', 3),
  ]);
  expect(lines.slice(0, 2)).toEqual([
    '3 of 5 claims are settled: 2 shown, 1 refuted; 1 rests on 300 seeds, 2 rest on 3 seeds.',
    '2 are open: 1 with one seed, which settles nothing, and 1 with several, whose intervals are still too wide.',
  ]);
  expect(lines[2]).toContain('What it would take');
});

test('asks for nothing where all is settled, and settles nothing that is open', () => {
  expect(standing([claim('equivalent', 12)])).toEqual([
    '1 of 1 claims are settled: 1 equivalent; 1 rests on 12 seeds.',
  ]);
  expect(standing([claim('open', 300)])).toHaveLength(2);
  expect(standing([claim('open', 1)])[0]).toBe('0 of 1 claims are settled.');
});
