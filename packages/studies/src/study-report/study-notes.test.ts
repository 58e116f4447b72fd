import { expect, test } from 'vitest';
import { exampleMixtureStudy, examplePolicyStudy } from '../../test/example-study-data.js';
import type { ClaimVerdict, ExactStudyData } from '../data/study-data.js';
import { standing, verdictsExplained } from './study-notes.js';

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
    '2 are open: 1 with one seed, which settles nothing, and 1 with several seeds, whose intervals are still too wide.',
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

test('settled claims may rest on arithmetic', () => {
  expect(standing([claim('shown', 1), claim('shown', 1)])[0]).toContain(
    '2 rest on one seed or on arithmetic.',
  );
});

test('says what the intervals of the page’s studies are over', () => {
  const policy = examplePolicyStudy('fig4', { prompts: 10, evaluations: 2, seeds: [1] });
  const exact = { exact: {} } as ExactStudyData;
  const worlds =
    'The interval is over seeds, each of which draws one world, at 95 % (closer to 100 % where a study is looked at several times).';
  expect(verdictsExplained([policy])).toContain('it is for one SFT policy and one judge. With one seed');
  expect(verdictsExplained([exact])).toContain(worlds);
  expect(verdictsExplained([exact])).not.toMatch(/SFT policy|prompts/);
  expect(verdictsExplained([policy, exact])).toContain(
    'one judge. That of the exact study is over seeds, each of which draws one world.',
  );
  expect(verdictsExplained([exampleMixtureStudy()])).not.toContain('The interval is');
});
