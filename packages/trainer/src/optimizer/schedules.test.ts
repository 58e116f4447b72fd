import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import fixture from '../../fixtures/schedules.json' with { type: 'json' };
import { constantSchedule, cosineSchedule, linearSchedule, resolveWarmupSteps } from './schedules.js';

const make = { constant: constantSchedule, linear: linearSchedule, cosine: cosineSchedule };

describe('schedules', () => {
  it.each(fixture.cases)(
    '$schedule over $steps steps with $warmupSteps of warm-up is transformers’',
    (golden) => {
      const schedule = make[golden.schedule as keyof typeof make]({ minimumRatio: golden.minimumRatio ?? 0 });
      golden.ratios.forEach((ratio, step) => {
        expect(schedule.ratio({ step, steps: golden.steps, warmupSteps: golden.warmupSteps })).toBeCloseTo(
          ratio,
          12,
        );
      });
    },
  );

  it('stays in [0, 1], rises through the warm-up, and falls to its minimum after it', () => {
    const runs = fc.record({
      steps: fc.integer({ min: 1, max: 200 }),
      warmup: fc.double({ min: 0, max: 1, noNaN: true }),
      minimumRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        runs,
        fc.constantFrom(linearSchedule, cosineSchedule),
        ({ steps, warmup, minimumRatio }, factory) => {
          const warmupSteps = resolveWarmupSteps(steps, { warmupFraction: warmup });
          const schedule = factory({ minimumRatio });
          const ratios = Array.from({ length: steps + 1 }, (_, step) =>
            schedule.ratio({ step, steps, warmupSteps }),
          );
          ratios.forEach((ratio, step) => {
            expect(ratio).toBeGreaterThanOrEqual(0);
            expect(ratio).toBeLessThanOrEqual(1 + 1e-12);
            const next = ratios[step + 1];
            if (next === undefined) return;
            if (step < warmupSteps) expect(next).toBeGreaterThanOrEqual(ratio - 1e-12);
            else expect(next).toBeLessThanOrEqual(ratio + 1e-12);
          });
          if (warmupSteps < steps) expect(ratios[steps]).toBeCloseTo(minimumRatio, 12);
        },
      ),
    );
  });

  it('rounds a fraction of warm-up up, and refuses what makes no sense', () => {
    expect(resolveWarmupSteps(101, { warmupFraction: 0.1 })).toBe(11);
    expect(resolveWarmupSteps(101, { warmupSteps: 3 })).toBe(3);
    expect(resolveWarmupSteps(101, {})).toBe(0);
    expect(() => resolveWarmupSteps(10, { warmupSteps: 1, warmupFraction: 0.1 })).toThrow(/not both/);
    expect(() => resolveWarmupSteps(10, { warmupSteps: 1.5 })).toThrow(/warmupSteps/);
    expect(() => resolveWarmupSteps(10, { warmupFraction: 2 })).toThrow(/warmupFraction/);
    expect(() => cosineSchedule({ minimumRatio: -1 })).toThrow(/minimumRatio/);
  });
});
