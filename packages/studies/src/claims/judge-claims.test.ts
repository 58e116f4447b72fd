import { describe, expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { measured } from '../measures/measured-number.js';
import { studySweeps } from '../measures/study-lines.js';
import { hasOpenClaim, judgeClaims } from './judge-claims.js';
import type { StudyClaim } from './study-claim.js';
import { verdictText } from './verdict-text.js';

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);
const study: PolicyStudyData = { ...examplePolicyStudy('fig3', { seeds, prompts: 20 }), looks: [3, 6, 12] };

/** A claim about a number that has these ends at these numbers of seeds. */
function claim(ends: Readonly<Record<number, readonly [number, number]>>): StudyClaim {
  return {
    statement: 'It is above 0.',
    number: (seen) => {
      const [low, high] = ends[seen.seeds.length] ?? [Number.NaN, Number.NaN];
      const confidence = studySweeps(seen)[0]?.confidence ?? Number.NaN;
      return measured('the difference', 'points', {
        value: (low + high) / 2,
        low,
        high,
        confidence,
        perSeed: [...seen.seeds],
        seedError: 0,
        promptError: 0,
        prompts: 20,
        residualError: 0,
        covers: 'seeds and prompts',
      });
    },
    bound: { above: 0 },
  };
}

describe('judgeClaims with looks', () => {
  test('the first look that decides has decided, whatever comes later', () => {
    const [judged] = judgeClaims([claim({ 3: [-0.1, 0.3], 6: [0.01, 0.2], 12: [-0.3, -0.1] })], study);
    expect(judged?.claim).toMatchObject({
      verdict: 'shown',
      look: 2,
      looks: [3, 6, 12],
      seeds: [1, 2, 3, 4, 5, 6],
    });
    expect(verdictText(judged!.claim)).toBe('shown, decided at look 2 of 3 (6 seeds)');
  });

  test('a claim that no look decides is open after the last', () => {
    const [judged] = judgeClaims([claim({ 3: [-0.1, 0.3], 6: [-0.1, 0.2], 12: [-0.05, 0.1] })], study);
    expect(judged?.claim).toMatchObject({ verdict: 'open', look: 3 });
    expect(verdictText(judged!.claim)).toBe('open, after look 3 of 3 (12 seeds)');
  });

  test('every look is at the confidence that all of them need together', () => {
    const [judged] = judgeClaims([claim({ 3: [0.1, 0.3] })], study);
    expect(judged?.claim.measured[0]?.interval?.confidence).toBeCloseTo(1 - 0.05 / 3, 12);
    expect(judged?.criterion).toContain('98.3');
  });

  test('looks that were not reached are not judged', () => {
    const begun = { ...study, seeds: seeds.slice(0, 6), runs: study.runs.filter(({ seed }) => seed <= 6) };
    const [judged] = judgeClaims([claim({ 3: [-0.1, 0.3], 6: [-0.1, 0.2] })], begun);
    expect(judged?.claim).toMatchObject({ verdict: 'open', look: 2 });
  });

  test('a look that cannot be read yet leaves what the one before it found', () => {
    const complete = claim({ 3: [-0.1, 0.3], 6: [-0.1, 0.2] });
    const halted: StudyClaim = {
      ...complete,
      number: (seen) => (seen.seeds.length < 12 ? complete.number(seen) : undefined),
    };
    const [judged] = judgeClaims([halted], study);
    expect(judged?.claim).toMatchObject({ verdict: 'open', look: 2, seeds: [1, 2, 3, 4, 5, 6] });
    expect(hasOpenClaim([halted], study)).toBe(true);
    const never: StudyClaim = { ...complete, number: () => undefined };
    expect(judgeClaims([never], study)).toEqual([]);
    expect(hasOpenClaim([never], study)).toBe(false);
  });

  test('claims found afterwards say so', () => {
    const [judged] = judgeClaims([{ ...claim({ 3: [0.1, 0.3] }), foundAfterwards: true }], study);
    expect(verdictText(judged!.claim)).toContain('found afterwards');
  });

  test('what stands beside the deciding number does not repeat it', () => {
    const one = claim({ 3: [0.1, 0.3] });
    const beside: StudyClaim = { ...one, beside: (seen) => [one.number(seen) ?? []].flat() };
    expect(judgeClaims([beside], study)[0]?.claim.measured).toHaveLength(1);
  });
});
