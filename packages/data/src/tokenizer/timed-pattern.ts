import { TimeLimitReached, withinTime } from '@ais/runtime/process';
import { excerpt } from '../records/excerpt.js';

/** What finds and replaces like a regular expression with the flag `g`. */
export interface Pattern {
  [Symbol.matchAll](text: string): Iterable<RegExpMatchArray>;
  [Symbol.replace](text: string, replacer: () => string): string;
}

/** What a tokenizer does with some text took longer, or made more of it, than it may. The message goes behind "FILE has". */
export class TooMuchWork extends Error {
  override readonly name = 'TooMuchWork';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Time that matching takes at most: some at the start, and some for each character. A hundred times what it needs. */
const FIRST_MILLISECONDS = 500;
const CHARACTERS_PER_MILLISECOND = 100;

/** A stranger's expression, which is ended where it takes too long. */
export function timedPattern(expression: RegExp): Pattern {
  const timed = <T>(text: string, work: () => T): T => {
    try {
      return withinTime(FIRST_MILLISECONDS + text.length / CHARACTERS_PER_MILLISECOND, work);
    } catch (error) {
      if (!(error instanceof TimeLimitReached)) throw error;
      throw new TooMuchWork(
        `the regular expression ${expression.source}, which takes too long on ${excerpt(text)} (${error.message})`,
        'Use another tokenizer, or a pattern without repetitions in repetitions.',
      );
    }
  };
  return {
    [Symbol.matchAll]: (text) => timed(text, () => [...text.matchAll(expression)]),
    [Symbol.replace]: (text, replacer) => timed(text, () => text.replace(expression, replacer)),
  };
}
