import { describe, expect, test } from 'vitest';
import { exampleOutcomes, exampleReportData } from '../../test/example-report-data.js';
import type { DemoReportData, ReportedMethod, ReportedPoint } from './demo-report-data.js';
import { verdict } from './verdict.js';

const n = 512;

function evaluated(
  fraction: number,
  rate: number,
  squareRootKl: number,
  paired: boolean = true,
): ReportedPoint {
  const outcomes = exampleOutcomes(rate, n, Math.round(100 * fraction));
  const mean = outcomes.reduce((sum, value) => sum + value, 0) / n;
  return {
    fraction,
    step: 100 * fraction,
    winRate: {
      rate: mean,
      low: mean - 0.043,
      high: mean + 0.043,
      n,
      ties: 0,
      ...(paired ? { outcomes } : {}),
    },
    kl: { mean: squareRootKl ** 2, standardError: 0.1 },
    meanLength: 20,
    goldRewardMean: 0,
  };
}

function method(name: string, adaptive: boolean, points: readonly ReportedPoint[]): ReportedMethod {
  return { name, description: '', adaptive, points };
}

function data(...methods: ReportedMethod[]): DemoReportData {
  const { sft: _, ...rest } = exampleReportData();
  return { ...rest, methods };
}

describe('verdict', () => {
  test('says that AIS won where it did, with its numbers', () => {
    const found = verdict(exampleReportData());
    expect(found.standing).toBe('higher');
    expect(found.headline).toBe('AIS-DPO ended higher than DPO');
    const text = found.sentences.join(' ').replaceAll('\u00a0', ' ');
    expect(text).toContain('AIS-DPO wins 69.5 % (95 % interval 65.5 to 73.5) of 512 comparisons');
    expect(text).toContain('AIS-DPO ended at its peak');
    expect(text).toMatch(
      /DPO peaked at 66\.6 % at 20 % of the epoch and ended 18\.2 points below, more than its noise/,
    );
    expect(text).toContain('AIS-DPO spent 14 % of the KL that DPO spent');
    expect(text).toContain('The SFT model that all start from wins 28.9 %');
    expect(text).toContain('one run with one seed');
  });

  test('says that AIS lost where it did: the same run with the names exchanged', () => {
    const example = exampleReportData();
    const exchanged = example.methods.map((entry) => ({ ...entry, adaptive: !entry.adaptive }));
    const found = verdict({ ...example, methods: exchanged });
    expect(found.standing).toBe('lower');
    expect(found.headline).toBe('DPO ended lower than AIS-DPO');
  });

  test.each([true, false])('equal ends are alike (outcomes kept: %s)', (paired) => {
    const found = verdict(
      data(
        method('AIS-DPO', true, [evaluated(0, 0.3, 0, paired), evaluated(1, 0.5, 3, paired)]),
        method('DPO', false, [evaluated(0, 0.3, 0, paired), evaluated(1, 0.505, 4, paired)]),
      ),
    );
    expect(found.standing).toBe('alike');
    expect(found.headline).toBe('AIS-DPO and DPO ended alike, within noise');
  });

  test('a fall within noise is not called over-optimization', () => {
    const found = verdict(
      data(
        method('AIS-DPO', true, [
          evaluated(0, 0.3, 0),
          evaluated(0.5, 0.505, 2, false),
          evaluated(1, 0.5, 3, false),
        ]),
        method('DPO', false, [evaluated(0, 0.3, 0), evaluated(1, 0.6, 4)]),
      ),
    );
    const text = found.sentences.join(' ');
    expect(text).toContain('within its noise');
    expect(text).not.toContain('it over-optimized');
  });

  test('compares the best of each kind', () => {
    const found = verdict(
      data(
        method('AIS-DPO', true, [evaluated(1, 0.5, 3)]),
        method('AIS-IPO', true, [evaluated(1, 0.7, 3)]),
        method('DPO', false, [evaluated(1, 0.4, 4)]),
        method('IPO', false, [evaluated(1, 0.45, 4)]),
      ),
    );
    expect(found.headline).toBe('AIS-IPO ended higher than IPO');
  });

  test('one method alone is described, not compared', () => {
    const found = verdict(data(method('DPO', false, [evaluated(0, 0.3, 0), evaluated(1, 0.5, 4)])));
    expect(found.standing).toBeUndefined();
    expect(found.headline).toMatch(/^DPO ended at a win rate of 49\.4\s%$/);
  });

  test('a policy that never moved has a KL of 0, and nothing is divided by it', () => {
    const text = verdict(
      data(method('AIS-DPO', true, [evaluated(1, 0.3, 0)]), method('DPO', false, [evaluated(1, 0.3, 0)])),
    ).sentences.join(' ');
    expect(text).not.toMatch(/NaN|Infinity|–/);
  });

  test.each([
    ['no method', data()],
    ['a method without evaluation', data(method('DPO', false, []))],
    ['two methods of one name', data(...exampleReportData().methods, ...exampleReportData().methods)],
  ])('refuses %s', (_, broken) => {
    expect(() => verdict(broken)).toThrow(
      expect.objectContaining({ name: 'ReportDataError', code: 'REPORT_DATA' }),
    );
  });
});
