import { describe, expect, test } from 'vitest';
import { pairFormat, scoreFormat } from './verdict-format.js';

describe('scores', () => {
  test.each([
    ['Score: 7', 7],
    ['It is short.\n\nScore: 7.5\n', 7.5],
    ['**Score: 10**', 10],
    ['Score: **3**.', 3],
    ['score: 4/10', 4],
    ['[[8]]', 8],
    ['9', 9],
    ['<think>Score: 2?</think>\nScore: 6', 6],
    ['{"score": 3}', 3],
    ['{"reason": "It has {braces}.", "score": "4/10"}', 4],
    ['It is short.\n```json\n{\n  "score": 5,\n  "reason": "short"\n}\n```\n', 5],
    ['```json\n{"parts": {"style": 2}, "score": 6.5}\n```', 6.5],
  ])('%j is %d', (answer, score) => {
    expect(scoreFormat([1, 10]).parse(answer)).toBe(score);
  });

  test.each([
    [''],
    ['I cannot rate this.'],
    ['Score: 11'],
    ['Score: 0'],
    ['Score: -3'],
    ['Score: 7/5'],
    ['Score: 7 or 8'],
    ['Score: seven'],
    ['Score: 7\nBut it could be better.'],
    ['Score: 1e1'],
    ['Score: NaN'],
    ['Score: 5-7'],
    ['{"score": 11}'],
    ['{"score": true}'],
    ['{"grade": 3}'],
    ['{"score": 3} or {"score": 4} or so'],
    ['{"score": 3'],
    ['null'],
  ])('%j is none', (answer) => {
    expect(scoreFormat([1, 10]).parse(answer)).toBeUndefined();
  });

  test('the range may be below 0, and the instruction names it', () => {
    const { parse, instruction } = scoreFormat([-1, 1]);
    expect(parse('Score: -0.5')).toBe(-0.5);
    expect(instruction).toContain('from -1 (worst) to 1 (best)');
  });
});

describe('comparisons', () => {
  test.each([
    ['Verdict: A', 1],
    ['Both are short.\nVerdict: B.', 0],
    ['**Verdict:** tie', 0.5],
    ['Verdict: [[A]]', 1],
    ['Verdict: Response B', 0],
    ['a', 1],
    ['TIE', 0.5],
    ['{"verdict": "A"}', 1],
    ['B is shorter.\n{"verdict": "response b"}', 0],
    ['{"verdict": "tie", "reason": "the same"}', 0.5],
  ])('%j is %d', (answer, outcome) => {
    expect(pairFormat(true).parse(answer)).toBe(outcome);
  });

  test.each([
    [''],
    ['Verdict: C'],
    ['Verdict: A or B'],
    ['A is better'],
    ['Verdict: A\nVerdict: neither'],
    ['I cannot compare them.'],
    ['constructor'],
    ['{"verdict": "C"}'],
    ['{"constructor": "A"}'],
  ])('%j is none', (answer) => {
    expect(pairFormat(true).parse(answer)).toBeUndefined();
  });

  test('a tie is none if ties are not allowed, and the instruction does not offer one', () => {
    const { parse, instruction } = pairFormat(false);
    expect(parse('Verdict: tie')).toBeUndefined();
    expect(parse('Verdict: A')).toBe(1);
    expect(instruction).toBe(
      'End your answer with one of these lines: "Verdict: A" if response A is better or "Verdict: B" if response B is better.',
    );
    expect(pairFormat(true).instruction).toBe(
      'End your answer with one of these lines: "Verdict: A" if response A is better, "Verdict: B" if response B is better, ' +
        'or "Verdict: tie" if neither is better.',
    );
  });
});
