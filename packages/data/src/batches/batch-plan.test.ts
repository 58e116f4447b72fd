import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batching, type BatchPlanOptions, planBatches } from './batch-plan.js';

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 120 });
const batching: fc.Arbitrary<Batching> = fc.oneof(
  fc.record({ by: fc.constant('length' as const), batchSize: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ by: fc.constant('tokens' as const), maxTokens: fc.integer({ min: 40, max: 200 }) }),
  fc.record({
    by: fc.constant('packing' as const),
    rowTokens: fc.integer({ min: 40, max: 90 }),
    rows: fc.integer({ min: 1, max: 5 }),
  }),
);
const options = fc
  .tuple(batching, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 50 }))
  .map(([how, seed, window]): BatchPlanOptions => ({ ...how, seed, window }));
const take = <T>(values: Iterator<T>, count: number): T[] =>
  Array.from({ length: count }, () => values.next().value as T);

describe('planBatches', () => {
  it('has every example once an epoch', () => {
    fc.assert(
      fc.property(lengths, options, fc.integer({ min: 0, max: 3 }), (values, plan, epoch) => {
        const met = planBatches(values, plan)
          .epoch(epoch)
          .flatMap(({ rows }) => rows.flat());
        expect([...met].sort((a, b) => a - b)).toEqual(values.map((_, index) => index));
      }),
    );
  });

  it('keeps to its limits', () => {
    fc.assert(
      fc.property(lengths, options, (values, plan) => {
        const total = (row: readonly number[]) => row.reduce((sum, index) => sum + values[index]!, 0);
        for (const { rows } of planBatches(values, plan).epoch(0)) {
          expect(rows.length).toBeGreaterThan(0);
          if (plan.by === 'packing') {
            expect(rows.length).toBeLessThanOrEqual(plan.rows);
            for (const row of rows) expect(total(row)).toBeLessThanOrEqual(plan.rowTokens);
          } else {
            expect(rows.every((row) => row.length === 1)).toBe(true);
            const padded = rows.length * Math.max(...rows.map(total));
            if (plan.by === 'tokens') expect(padded).toBeLessThanOrEqual(plan.maxTokens);
            else expect(rows.length).toBeLessThanOrEqual(plan.batchSize);
          }
        }
      }),
    );
  });

  it('continues from any position as if it had not stopped', () => {
    fc.assert(
      fc.property(lengths, options, fc.nat({ max: 60 }), (values, plan, stop) => {
        const whole = take(planBatches(values, plan).from(), stop + 20);
        const position = stop === 0 ? undefined : whole[stop - 1]?.next;
        // As a checkpoint stores it, and in another process.
        const stored = position && JSON.parse(JSON.stringify(position));
        expect(take(planBatches(values, plan).from(stored), 20)).toEqual(whole.slice(stop));
      }),
    );
  });

  it('moves an example less than a window from its place in the random order', () => {
    const values = Array.from({ length: 500 }, (_, index) => 1 + ((index * 7919) % 97));
    const place = (window: number) => {
      const order = planBatches(values, { by: 'length', batchSize: 4, seed: 3, window })
        .epoch(1)
        .flatMap(({ rows }) => rows.flat());
      return new Map(order.map((index, position) => [index, position]));
    };
    // Windows of one batch: the permutation, up to the order within each four.
    const permutation = place(1);
    for (const [index, position] of place(32)) {
      expect(Math.floor(position / 32)).toBe(Math.floor(permutation.get(index)! / 32));
    }
  });

  it('pads and wastes little', () => {
    const values = Array.from({ length: 2000 }, (_, index) => 20 + ((index * 7919) % 481));
    const total = values.reduce((sum, length) => sum + length, 0);
    const padded = (plan: BatchPlanOptions) =>
      planBatches(values, plan)
        .epoch(0)
        .reduce((sum, { rows }) => {
          const longest = Math.max(...rows.map((row) => row.reduce((all, index) => all + values[index]!, 0)));
          return sum + rows.length * longest;
        }, 0);
    expect(total / padded({ by: 'length', batchSize: 32, seed: 1, window: 1 })).toBeLessThan(0.6);
    expect(total / padded({ by: 'length', batchSize: 32, seed: 1 })).toBeGreaterThan(0.95);
    expect(total / padded({ by: 'tokens', maxTokens: 16_384, seed: 1 })).toBeGreaterThan(0.95);
    expect(total / padded({ by: 'packing', rowTokens: 1024, rows: 8, seed: 1 })).toBeGreaterThan(0.95);
  });

  it('has another order each epoch and for each seed', () => {
    const values = Array.from({ length: 40 }, (_, index) => index + 1);
    const orders = [0, 1].flatMap((seed) =>
      [0, 1].map((epoch) =>
        JSON.stringify(planBatches(values, { by: 'length', batchSize: 4, seed }).epoch(epoch)),
      ),
    );
    expect(new Set(orders).size).toBe(4);
  });

  it.each<[string, BatchPlanOptions]>([
    ['batchSize', { by: 'length', batchSize: 0, seed: 1 }],
    ['rows', { by: 'packing', rowTokens: 8, rows: 1.5, seed: 1 }],
    ['window', { by: 'length', batchSize: 1, seed: 1, window: 0 }],
    ['seed', { by: 'length', batchSize: 1, seed: Number.NaN }],
    ['example 1 has 9 tokens', { by: 'tokens', maxTokens: 8, seed: 1 }],
    ['not "size"', { by: 'size', seed: 1 } as never],
  ])('refuses what cannot be: %s', (message, plan) => {
    expect(() => planBatches([5, 9], plan)).toThrow(message);
  });

  it('refuses a position of another plan', () => {
    const plan = planBatches([1, 2, 3], { by: 'length', batchSize: 2, seed: 1 });
    expect(() => plan.from({ epoch: 0, batch: 2 }).next()).toThrow(/no batch 2/);
    expect(() => planBatches([], { by: 'length', batchSize: 2, seed: 1 }).from().next()).toThrow(
      /no examples/,
    );
  });
});
