import { describe, expect, test } from 'vitest';
import { chosen, drawn, exactly, type MeasuredNumber } from '../measures/measured-number.js';
import { type Bound, criterionText, decide } from './claim-decision.js';

function number(
  low: number,
  value: number,
  high: number,
  covers: MeasuredNumber['covers'] = 'seeds and prompts',
): MeasuredNumber {
  return { name: 'AIS-DPO less DPO', unit: 'points', value, low, high, covers, method: 't' };
}

const over10: Bound = { above: 0.1 };
const more: Bound = { above: 0 };

describe('decide', () => {
  test.each([
    ['shown', over10, number(0.12, 0.15, 0.18)],
    ['open', over10, number(0.05, 0.15, 0.25)],
    ['refuted', over10, number(0.01, 0.04, 0.07)],
    ['refuted', over10, number(-0.2, -0.15, -0.1)],
    // The bound itself is not above the bound.
    ['open', over10, number(0.1, 0.15, 0.2)],
    ['refuted', over10, number(0.05, 0.08, 0.1)],
    ['shown', more, number(0.001, 0.01, 0.015)],
    ['refuted', more, number(-0.015, -0.01, -0.001)],
    ['equivalent', more, number(-0.015, 0.001, 0.019)],
    ['open', more, number(-0.015, 0.005, 0.025)],
    ['equivalent', { below: 0 }, number(-0.02, 0, 0.02)],
    // Not about which of two is larger.
    ['open', { above: -0.02 }, number(-0.02, 0.001, 0.019)],
  ] as const)('%s: bound %j', (verdict, bound, difference) => {
    expect(decide(difference, bound).verdict).toBe(verdict);
  });

  test('only differences of win rates are equivalent', () => {
    expect(decide({ ...number(-0.01, 0, 0.01), unit: 'square root of nats' }, more).verdict).toBe('open');
  });

  test.each([['prompts'], ['nothing']] as const)('what covers %s alone decides nothing', (covers) => {
    for (const lucky of [number(0.3, 0.35, 0.4, covers), number(-0.3, -0.2, -0.1, covers)]) {
      const { verdict, reason } = decide(lucky, more);
      expect(verdict).toBe('open');
      expect(reason).toContain('One seed cannot tell this from the luck of training.');
    }
  });

  test('being alike has to be shown too: too few data do not show it', () => {
    const alike = { above: -0.05, below: 0.05 };
    expect(decide(number(-0.02, 0.01, 0.04), alike).verdict).toBe('shown');
    expect(decide(number(-0.2, 0, 0.2), alike).verdict).toBe('open');
    expect(decide(number(0.1, 0.2, 0.3), alike).verdict).toBe('refuted');
  });

  test.each([
    [more, number(0.05, 0.15, 0.25), ': above 0 points.'],
    [over10, number(-0.25, -0.15, -0.05), ': not above +10 points.'],
    [more, number(-0.01, 0.001, 0.012), ': no difference larger than 2 points.'],
    [over10, number(0.05, 0.15, 0.25), ': it may or may not be above +10 points.'],
    [{ above: -0.05, below: 0.05 }, number(0.1, 0.137, 0.2), ': not between −5 points and +5 points.'],
    [more, number(0.05, 0.15, 0.25, 'prompts'), ': above 0 points. One seed cannot'],
  ] as const)('the reason of %j says what the interval shows', (bound, difference, words) => {
    expect(decide(difference, bound).reason).toContain(words);
  });

  test('the reason names the number and its interval', () => {
    expect(decide(number(0.05, 0.15, 0.25), over10).reason).toBe(
      'AIS-DPO less DPO is +15.0 points (95\u00a0% interval +5.0 to +25.0): it may or may not be above +10 points.',
    );
    expect(decide({ ...number(0.05, 0.15, 0.25), confidence: 1 - 0.05 / 3 }, more).reason).toContain(
      '(98.3\u00a0% interval +5.0 to +25.0)',
    );
    expect(decide(exactly('the correlation', 'share', 0.8), { below: 0.5 })).toEqual({
      verdict: 'refuted',
      reason: 'The correlation is 80\u00a0%: not below 50\u00a0%.',
    });
  });

  test('the place of a maximum decides nothing', () => {
    expect(() => decide(chosen('the peak', 'share of training', 0.2), { below: 0.5 })).toThrow(
      /place of a maximum/,
    );
  });

  test('the criterion can be read', () => {
    expect(criterionText(number(0, 0, 0), more)).toBe(
      'Shown if the whole 95\u00a0% interval of AIS-DPO less DPO is above 0 points; refuted if that whole interval is outside this range; equivalent if it lies within ±2 points; otherwise open.',
    );
    expect(criterionText(exactly('the correlation', 'number', 0.8), { above: 0.7 })).toBe(
      'Shown if the correlation is above 0.70, refuted if it is not.',
    );
    expect(criterionText(drawn('the correlation', 0.8), { above: 0.7 })).toBe(
      'Shown if the whole interval over seeds of the correlation is above 0.70; ' +
        'refuted if that whole interval is outside this range; otherwise open, as with one seed.',
    );
  });
});
