import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, renderFigures, withFigures } from './figures.js';

test('the page has the figures that are committed: pnpm soak publish renews them', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(withFigures(page)).toBe(page);
});

test('what was found and is open, and what was not tried, is said', () => {
  const when = { from: '2026-01-01', to: '2026-01-02', versions: ['ais 1'] };
  const reader = {
    cases: 1234,
    accepted: 1000,
    refused: 233,
    slowestMilliseconds: 12,
    peakResidentBytes: 2e8,
    findings: [{}],
    fixed: 2,
  };
  const figures = renderFigures(
    { ...when, readers: { jsonl: reader } },
    {
      ...when,
      kills: { sft: { kills: 3, early: 1, runs: 1, differences: 1 } },
      disks: { sft: { full: 2, problems: 0 } },
      signals: [
        { command: 'sft', phase: 'step', backend: 'wasm', outcomes: { SIGINT: 'as promised' } },
        { command: 'sft', phase: 'checkpoint', backend: 'wasm', outcomes: { SIGINT: 'as promised' } },
        { command: 'train, online', phase: 'step', backend: 'native', outcomes: { SIGHUP: 'as promised' } },
        {
          command: 'sft',
          phase: 'loading',
          backend: 'wasm',
          outcomes: { SIGINT: 'it ended with 1.', SIGHUP: 'as promised' },
        },
      ],
      hours: [1, 0.25].map((hours) => ({
        size: '70m' as const,
        backend: 'wasm',
        hours,
        steps: 1200,
        kills: 1,
        repeated: 7,
        differences: 0,
        residentMegabytes: [900, 1000, 950],
      })),
    },
  );
  expect(figures).toContain('| **all** | 1,234 | 1,000 | 233 | 2 | 1 | 12 | 200 |');
  expect(figures).toContain('1,234 of 1,000,000 cases so far. 2026-01-01 to 2026-01-02; ais 1.');
  expect(figures).toContain('| `ais sft` | 3 | 1 | 1 | 1 |');
  expect(figures).toContain('| `ais sft` | wasm | SIGHUP: not tried | step; checkpoint |');
  expect(figures).toContain('| `ais sft` | wasm | SIGINT: it ended with 1. | loading |');
  expect(figures).toContain('| `ais train`, online | native | SIGINT: not tried | step |');
  expect(figures).toContain('| kills | 3 | 1,000 of each command | 1 |');
  expect(figures).toContain('| signals and closed pipes | 5 | each in each phase | 1 |');
  expect(figures).toContain('1.3 of 12 hours so far.');
  expect(figures).toContain('| Pythia 70m, wasm | 1.0 | 1,200 | 1 | 7 | 0 | 900 | 950 |');
});
