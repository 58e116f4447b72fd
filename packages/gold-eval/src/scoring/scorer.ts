import { GoldEvalError } from '../errors.js';
import { shown } from '../shown.js';

/** One response to be judged. */
export interface ScoredText {
  readonly prompt: string;
  readonly response: string;
}

/** What a call of a judge is told besides its items. */
export interface JudgeCallOptions {
  readonly signal?: AbortSignal;
  /** Position of this call's first item among all that are judged, for messages; 0 by default. */
  readonly start?: number;
  /** Told how many items of this call are judged; a judge need not call it. */
  readonly onProgress?: (done: number) => void;
}

/**
 * What judges responses: a reward model, a checkpoint in another process, a judge behind HTTP, or a function.
 *
 * Scores are rewards: higher is better, comparable within a prompt, on any scale. The same items must get the same
 * scores however they are batched.
 */
export interface Scorer<Item = ScoredText> {
  readonly specificationVersion: 'v1';
  /** Names the judge and its version in configurations and reports. */
  readonly name: string;
  /** [items] -> [items], one reward each, in order. */
  score(items: readonly Item[], options?: JudgeCallOptions): Promise<ArrayLike<number>>;
}

/**
 * Makes a scorer of a function that judges one item.
 *
 * @param name names the judge
 * @param judge the reward of one item; may be asynchronous
 * @throws {GoldEvalError} `invalid-option` without a name or a judge
 * @example
 * const brevity = functionScorer('brevity', ({ response }: ScoredText) => -response.length);
 * console.log(await scoreAll(brevity, [{ prompt: 'a', response: 'four' }])); // [ -4 ]
 */
export function functionScorer<Item = ScoredText>(
  name: string,
  judge: (item: Item) => number | Promise<number>,
): Scorer<Item> {
  if (typeof name !== 'string' || name === '') {
    const given: unknown = name;
    throw new GoldEvalError(
      'invalid-option',
      `functionScorer: the name must be a string that is not empty, got ${given === '' ? 'an empty one' : shown(given)}. Name the judge first: functionScorer('my-judge@1', judge).`,
    );
  }
  if (typeof judge !== 'function') {
    throw new GoldEvalError(
      'invalid-option',
      `functionScorer: the judge "${name}" must be a function that gives one item's reward, got ${shown(judge)}.`,
    );
  }
  return {
    specificationVersion: 'v1',
    name,
    score: (items) => Promise.all(items.map(judge)),
  };
}

/**
 * The same scorer with rewards less a constant, so that for example the reference summaries average 0.
 *
 * @param offset what to subtract, usually the mean reward of the references; the name says it too, since other rewards are
 *   another scorer's
 * @example
 * const length = functionScorer('length', (text: string) => text.length);
 * console.log(await scoreAll(centeredScorer(length, 2), ['a', 'abc'])); // [ -1, 1 ]
 */
export function centeredScorer<Item>(scorer: Scorer<Item>, offset: number): Scorer<Item> {
  return {
    specificationVersion: 'v1',
    name: `${scorer.name} − ${offset}`,
    score: async (items, options) =>
      // Anything but a number stays as it is, for scoreAll to refuse: null minus a constant is a number.
      Array.from(await scorer.score(items, options), (reward) =>
        typeof reward === 'number' ? reward - offset : reward,
      ),
  };
}
