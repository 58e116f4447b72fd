import type { Objective } from '../contract/objective.js';
import { hold, trials } from './hold.js';
import { countOf, lossGradient, outcomeOf } from './rows.js';
import { requireClose, type Subject } from './subject.js';

/** A case in which the objective is another one, losses and gradients. */
export interface Limit<O, B> {
  /** As the report names it, for instance "α = 0 is the unweighted loss". */
  readonly name: string;
  /** The drawn options moved to the limit. */
  readonly at: (options: O) => O;
  /** What the objective must be there, given the options that `at` returned. */
  readonly equals: (options: O) => Objective<B>;
  /** Relative; 1e-5 by default. */
  readonly tolerance?: number;
}

/** The objective at the limit has the losses and gradients that the limit says. */
export async function checkLimit<O, B>(subject: Subject<O, B>, limit: Limit<O, B>): Promise<void> {
  const { tolerance = 1e-5 } = limit;
  const atLimit = trials(subject).map(({ options, rows }) => ({ options: limit.at(options), rows }));
  await hold(atLimit, subject.parameters, async ({ options, rows }) => {
    const [objective, expected] = [subject.factory(options), limit.equals(options)];
    const { losses } = await outcomeOf(objective, rows);
    requireClose('the loss', losses, (await outcomeOf(expected, rows)).losses, tolerance);
    const ones = new Array<number>(countOf(rows)).fill(1);
    const gradient = await lossGradient(objective, rows, ones);
    for (const [field, values] of Object.entries(await lossGradient(expected, rows, ones))) {
      requireClose(`the gradient of ${field}`, gradient[field] ?? [], values, tolerance);
    }
  });
}
