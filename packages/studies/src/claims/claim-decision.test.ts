import { describe, expect, test } from 'vitest';
import { chosen, exactly, type MeasuredNumber } from '../measures/measured-number.js';
import { criterionText, decide } from './claim-decision.js';
import { verdictText } from './verdict-text.js';

function number(
  low: number,
  value: number,
  high: number,
  covers: MeasuredNumber['covers'] = 'seeds and prompts',
): MeasuredNumber {
  return { name: 'AIS-DPO less DPO', unit: 'points', value, low, high, covers, method: 't' };
}

const criterion = { holds: [{ of: 'difference', above: 0.1 }], inPart: [{ of: 'difference', above: 0 }] };

describe('decide', () => {
  test.each([
    ['holds', number(0.12, 0.15, 0.18)],
    ['holds in part', number(0.05, 0.15, 0.25)],
    ['holds in part', number(0.01, 0.04, 0.07)],
    ['does not hold', number(-0.02, 0.2, 0.42)],
    ['does not hold', number(-0.2, -0.15, -0.1)],
    // The bound itself is not above the bound.
    ['holds in part', number(0.1, 0.15, 0.2)],
  ])('%s where the whole interval says so', (verdict, difference) => {
    expect(decide({ difference }, criterion).verdict).toBe(verdict);
  });

  test.each([['prompts'], ['nothing']] as const)('what covers %s alone never holds fully', (covers) => {
    const lucky = decide({ difference: number(0.3, 0.35, 0.4, covers) }, criterion);
    expect(lucky.verdict).toBe('holds in part');
    expect(lucky.reason).toContain('One seed cannot tell this from the luck of training.');
    const unlucky = decide({ difference: number(-0.3, -0.2, -0.1, covers) }, criterion);
    expect(unlucky).toMatchObject({ verdict: 'does not hold', settled: false, contradicted: false });
    expect(unlucky.reason).toContain('One seed cannot tell this from the luck of training.');
  });

  test('all bounds must be shown to hold, any of the partial ones to hold in part', () => {
    const both = {
      holds: [
        { of: 'rate', above: 0 },
        { of: 'share', below: 0.35 },
      ],
      inPart: [
        { of: 'rate', above: 0 },
        { of: 'share', below: 1 },
      ],
    };
    const up = number(0.1, 0.2, 0.3);
    const down = number(-0.3, -0.2, -0.1);
    const share = (value: number): MeasuredNumber => ({
      ...number(value - 0.02, value, value + 0.02),
      name: 'share',
      unit: 'share',
    });
    expect(decide({ rate: up, share: share(0.3) }, both).verdict).toBe('holds');
    expect(decide({ rate: up, share: share(2) }, both).verdict).toBe('holds in part');
    expect(decide({ rate: down, share: share(0.5) }, both).verdict).toBe('holds in part');
    expect(decide({ rate: down, share: share(1.5) }, both).verdict).toBe('does not hold');
  });

  test('being alike has to be shown too: too few data do not show it', () => {
    const alike = { holds: [{ of: 'difference', above: -0.05, below: 0.05 }], inPart: [] };
    expect(decide({ difference: number(-0.02, 0.01, 0.04) }, alike).verdict).toBe('holds');
    expect(decide({ difference: number(-0.2, 0, 0.2) }, alike).verdict).toBe('does not hold');
    expect(decide({ difference: number(0.1, 0.2, 0.3) }, alike).verdict).toBe('does not hold');
  });

  test('the reason names the number, its interval, and what it shows', () => {
    const { reason } = decide({ difference: number(0.05, 0.15, 0.25) }, criterion);
    expect(reason).toBe(
      'AIS-DPO less DPO is +15.0 points (95 % interval +5.0 to +25.0), not shown to be above +10 points; it is above 0 points.',
    );
    const exact = decide(
      { difference: exactly('the peak', 'share', 0.8) },
      {
        holds: [{ of: 'difference', below: 0.5 }],
        inPart: [],
      },
    );
    expect(exact).toEqual({
      verdict: 'does not hold',
      settled: true,
      contradicted: true,
      reason: 'The peak is 80\u00a0%, not below 50\u00a0%.',
    });
  });

  const thirdOf = (low: number): MeasuredNumber => number(low, low + 0.02, low + 0.04);

  test.each([
    ['does not hold', 'not settled', false, number(-0.1, 0.1, 0.3)],
    ['does not hold', 'in part perhaps', true, number(-0.1, 0, 0.08)],
    ['does not hold', 'settled', true, thirdOf(-0.3)],
    ['holds in part', 'not settled', false, number(0.05, 0.1, 0.15)],
    ['holds in part', 'settled', true, thirdOf(0.03)],
  ])('%s, %s: what more seeds could still change', (verdict, standing, contradicted, difference) => {
    const decision = decide({ difference }, criterion);
    expect(decision).toMatchObject({ verdict, contradicted, settled: standing === 'settled' });
    expect(verdictText(decision)).toBe(standing === 'settled' ? verdict : `${verdict}, ${standing}`);
  });

  test.each([
    [true, 'holds', number(0.12, 0.15, 0.18)],
    [false, 'holds in part', number(0.05, 0.15, 0.25)],
    [true, 'holds in part', number(0.01, 0.04, 0.07)],
    [false, 'does not hold', number(-0.02, 0.2, 0.42)],
    [true, 'does not hold', number(-0.2, -0.15, -0.1)],
    [false, 'does not hold', number(-0.2, -0.15, -0.1, 'prompts')],
    [false, 'holds in part', number(0.3, 0.35, 0.4, 'prompts')],
    [true, 'does not hold', exactly('the peak', 'share', 0)],
    [false, 'does not hold', chosen('the peak', 'share', 0)],
  ])('settled is %s where it %s and the numbers are as here', (settled, verdict, difference) => {
    expect(decide({ difference }, criterion)).toMatchObject({ settled, verdict });
  });

  test('the reason tells what is contradicted from what is open', () => {
    const reason = (difference: MeasuredNumber) => decide({ difference }, criterion).reason;
    expect(reason(number(-0.2, -0.15, -0.1))).toContain('shown not to be above +10 points');
    expect(reason(number(-0.02, 0.2, 0.42))).toContain('not shown to be above +10 points');
  });

  test('a bound on both sides is an interval', () => {
    const alike = { holds: [{ of: 'difference', above: -0.05, below: 0.05 }], inPart: [] };
    const { reason } = decide({ difference: number(0.1, 0.137, 0.2) }, alike);
    expect(reason).toContain('shown not to be between −5 points and +5 points.');
  });

  test('the criterion can be read', () => {
    expect(criterionText({ difference: number(0, 0, 0) }, criterion)).toBe(
      'Holds if AIS-DPO less DPO is above +10 points; in part if AIS-DPO less DPO is above 0 points; each with its whole 95 % interval.',
    );
  });

  test('a criterion about a number that was not measured is a mistake', () => {
    expect(() => decide({}, criterion)).toThrow(/"difference"/);
  });
});
