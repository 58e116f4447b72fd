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

/** A last line `Score: 7`, or JSON with a field `score`: a number inside the range. */
export function scoreFormat([low, high]: ScoreRange): VerdictFormat<number> {
  return {
    instruction: `End your answer with this line: "Score: N", where N is a number from ${low} (worst) to ${high} (best).`,
    parse: (answer) => {
      const [, number, best = high] =
        /^(?:score:\s*)?(-?\d+(?:\.\d+)?)(?:\s*\/\s*(\d+))?$/i.exec(verdictOf(answer, 'score')) ?? [];
      const score = Number(number);
      return score >= low && score <= high && Number(best) === high ? score : undefined;
    },
  };
}

const OUTCOMES: Readonly<Record<string, Outcome>> = { a: 1, tie: 0.5, b: 0 };

/** A last line `Verdict: A`, `Verdict: B`, or, if ties are allowed, `Verdict: tie`; or JSON with a field `verdict`. */
export function pairFormat(ties: boolean): VerdictFormat<Outcome> {
  const tie = ties ? ', or "Verdict: tie" if neither is better' : '';
  return {
    instruction:
      'End your answer with one of these lines: "Verdict: A" if response A is better' +
      `${tie ? ',' : ' or'} "Verdict: B" if response B is better${tie}.`,
    parse: (answer) => {
      const [, verdict = ''] =
        /^(?:verdict:\s*)?(?:response\s+)?(a|b|tie)$/i.exec(verdictOf(answer, 'verdict')) ?? [];
      const outcome = OUTCOMES[verdict.toLowerCase()];
      return outcome === 0.5 && !ties ? undefined : outcome;
    },
  };
}

/** What an answer ends with: a field of JSON, as models that are asked for structured output give it, or a line. */
function verdictOf(answer: string, field: string): string {
  const text = answer.replace(/```\s*$/, '').trim();
  // JSON alone, which may be nested; or an object without others in it, after what was thought.
  for (const json of [text.replace(/^```\w*/, ''), /\{[^{}]*\}$/.exec(text)?.[0]]) {
    const value = fieldOf(json, field);
    if (value !== undefined) return value;
  }
  return lastLine(answer);
}

function fieldOf(json: string | undefined, field: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json ?? '')?.[field];
    return typeof value === 'number' || typeof value === 'string' ? String(value).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** The last line with something on it, without the emphasis, brackets, quotes, and full stop that models put around it. */
function lastLine(answer: string): string {
  const lines = answer.split('\n').map((line) => line.replace(/[*_`"'[\]()]/g, '').trim());
  return (lines.findLast((line) => line !== '') ?? '').replace(/\.$/, '').trim();
}
