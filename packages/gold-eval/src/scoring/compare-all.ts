import { GoldEvalError } from '../errors.js';
import { askJudge } from './ask-judge.js';
import { type BatchOptions, inBatches } from './in-batches.js';
import type { PairVerdict, PairwiseJudge } from './pairwise-judge.js';

/** Options of {@link compareAll}; its values are verdicts. */
export type CompareAllOptions = BatchOptions<PairVerdict>;

/**
 * Compares all pairs in batches and checks what the judge returns.
 *
 * @param items [n], in any order
 * @returns [n], one verdict for each pair, in order
 * @throws {GoldEvalError} `scorer-failed` if the judge throws, or returns another number of verdicts or something that is not an
 *   outcome, naming judge and pair; `invalid-option` for a bad batch size, or more verdicts of an earlier run than pairs. Errors
 *   of `@ais` packages, and those of a judge that was stopped, come through unchanged.
 * @example
 * const brevity: PairwiseJudge = {
 *   specificationVersion: 'v1',
 *   name: 'brevity',
 *   compare: async (items) =>
 *     items.map(({ a, b }) => ({ outcome: a.length < b.length ? 1 : a.length > b.length ? 0 : 0.5 })),
 * };
 * const verdicts = await compareAll(brevity, [{ prompt: 'Hi', a: 'Hello', b: 'Hello there' }]);
 * const { rate, n } = winRateOfOutcomes(verdicts.map(({ outcome }) => outcome));
 * console.log(rate, n); // 1 1
 */
export function compareAll<Item>(
  judge: PairwiseJudge<Item>,
  items: readonly Item[],
  options: CompareAllOptions = {},
): Promise<PairVerdict[]> {
  return inBatches(items, options, async (batch, start, call) => {
    const question = { who: `the judge "${judge.name}"`, what: 'pair', start, count: batch.length };
    // Third-party code: verify what its type promises.
    const verdicts: readonly (PairVerdict | undefined)[] | undefined = await askJudge(question, call, () =>
      judge.compare(batch, call),
    );
    if (verdicts?.length !== batch.length) {
      throw new GoldEvalError(
        'scorer-failed',
        `the judge "${judge.name}" must return one verdict per pair, in order: expected ${batch.length}, ` +
          `got ${verdicts?.length ?? 'none'}.`,
      );
    }
    return verdicts.map((verdict, offset) => {
      const { outcome, aFirst = 0.5, bFirst = 0.5 } = verdict ?? {};
      const wrong = [outcome, aFirst, bFirst].find((value) => value !== 1 && value !== 0.5 && value !== 0);
      if (verdict && outcome !== undefined && wrong === undefined) return verdict;
      throw new GoldEvalError(
        'scorer-failed',
        `the judge "${judge.name}" returned ${JSON.stringify(verdict)} for pair ${start + offset}; ` +
          'an outcome must be 1 (a is better), 0.5 (a tie), or 0 (b is better).',
      );
    });
  });
}
