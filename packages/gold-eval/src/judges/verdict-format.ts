import type { Outcome } from '../scoring/pairwise-judge.js';

/** How a verdict is asked for and read. */
export interface VerdictFormat<V> {
  /** Tells the model how to end its answer. */
  readonly instruction: string;
  /** @returns undefined if the answer does not end with a verdict */
  parse(answer: string): V | undefined;
}

/** The range of scores, worst and best. */
export type ScoreRange = readonly [number, number];

/** A last line `Score: 7`, a number inside the range. */
export function scoreFormat([low, high]: ScoreRange): VerdictFormat<number> {
  return {
    instruction: `End your answer with this line: "Score: N", where N is a number from ${low} (worst) to ${high} (best).`,
    parse: (answer) => {
      const [, number, best = high] =
        /^(?:score:\s*)?(-?\d+(?:\.\d+)?)(?:\s*\/\s*(\d+))?$/i.exec(lastLine(answer)) ?? [];
      const score = Number(number);
      return score >= low && score <= high && Number(best) === high ? score : undefined;
    },
  };
}

const OUTCOMES: Readonly<Record<string, Outcome>> = { a: 1, tie: 0.5, b: 0 };

/** A last line `Verdict: A`, `Verdict: B`, or, if ties are allowed, `Verdict: tie`. */
export function pairFormat(ties: boolean): VerdictFormat<Outcome> {
  const tie = ties ? ', or "Verdict: tie" if neither is better' : '';
  return {
    instruction:
      'End your answer with one of these lines: "Verdict: A" if response A is better' +
      `${tie ? ',' : ' or'} "Verdict: B" if response B is better${tie}.`,
    parse: (answer) => {
      const [, verdict = ''] = /^(?:verdict:\s*)?(?:response\s+)?(a|b|tie)$/i.exec(lastLine(answer)) ?? [];
      const outcome = OUTCOMES[verdict.toLowerCase()];
      return outcome === 0.5 && !ties ? undefined : outcome;
    },
  };
}

/** The last line with something on it, without the emphasis, brackets, quotes, and full stop that models put around it. */
function lastLine(answer: string): string {
  const lines = answer.split('\n').map((line) => line.replace(/[*_`"'[\]()]/g, '').trim());
  return (lines.findLast((line) => line !== '') ?? '').replace(/\.$/, '').trim();
}
