import * as fc from 'fast-check';
import { hold, trials } from '../hold.js';
import { type Column, countOf, outcomeWithGradient, pick, readable } from '../rows.js';
import { requireClose, type Subject } from '../subject.js';

const MAXIMUM = 5;

/** Rows in another order give the same losses, metrics, and gradients in that order. */
export async function permutation<O, B>(subject: Subject<O, B>): Promise<void> {
  const shuffled = fc
    .record({
      trial: trials(subject, { minimum: 2, maximum: MAXIMUM }),
      ranks: fc.array(fc.nat({ max: 99 }), { minLength: MAXIMUM, maxLength: MAXIMUM }),
    })
    .map(({ trial, ranks }) => ({ ...trial, ranks }));
  await hold(shuffled, subject.parameters, async ({ options, rows, ranks }) => {
    const rank = (index: number): number => ranks[index] as number;
    const order = [...Array(countOf(rows)).keys()].sort((a, b) => rank(a) - rank(b));
    const objective = subject.factory(options);
    const reordered = pick(rows, order);
    const observe = async (given: typeof rows): Promise<Record<string, Column>> => {
      const { outcome, gradient } = await outcomeWithGradient(objective, given);
      return readable(outcome, gradient);
    };
    const expected = await observe(rows);
    const actual = await observe(reordered);
    for (const [name, values] of Object.entries(expected)) {
      const moved = values.length === 1 ? values : order.map((index) => values[index] as Column[number]);
      requireClose(
        `with the rows in the order ${order.join(', ')}, ${name}`,
        actual[name] ?? [],
        moved,
        1e-4,
      );
    }
  });
}
