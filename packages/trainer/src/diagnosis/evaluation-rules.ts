import { type Change, change, changeOf, type Level } from './change.js';
import { type Evidence, moved, number, percent, type Rule } from './finding.js';
import { distance, overall, winRates } from './held-out.js';
import { fallFromBest } from './reward-rules.js';
import type { RunSeries } from './run-series.js';

/** Lengths that change by this factor have changed. */
const FACTOR = 2;
/** Responses no longer than this, in tokens, are little more than their end-of-text token. */
const EMPTY = 1.5;

/** What the judge and the lengths of responses say. */
export const evaluationRules: readonly Rule[] = [
  {
    code: 'over-optimization',
    level: 'problem',
    title: 'Over-optimization: the win rate rose and has fallen since',
    warns: 'early',
    meaning:
      'Training improves its own measure, and responses get worse by the judge’s: the policy has moved so far that what it ' +
      'learned from the pairs no longer holds for what it writes.',
    advice: [
      'Use the checkpoint of the peak: selection, by eval_win_rate, keeps it.',
      'Take a larger β, a smaller learning rate, or fewer steps; or bound the KL with selection.klBudget.',
      'Compare runs at equal KL, not at equal steps.',
    ],
    evidence(run) {
      const fall = fallOfWins(run);
      return fall?.risen ? fall.evidence : undefined;
    },
  },
  {
    code: 'win-rate-falls',
    level: 'problem',
    title: 'Training makes responses worse by the judge’s measure',
    warns: 'early',
    meaning: 'The win rate only falls: it never rose beyond noise above where it began.',
    advice: [
      'Check which column holds the preferred response: chosen and rejected may be swapped.',
      'Read samples, and compare the judge with labels (agreement.pairs): do judge and pairs prefer the same things?',
      'Take a smaller learning rate or a larger β.',
    ],
    evidence(run) {
      const fall = fallOfWins(run);
      return fall && !fall.risen ? fall.evidence : undefined;
    },
  },
  {
    code: 'longer-responses',
    level: 'watch',
    title: 'Responses grow much longer',
    warns: 'early',
    meaning:
      'Length is the easiest way to score. If chosen responses are longer than rejected ones, a policy learns length before ' +
      'it learns anything else; a judge may share that taste.',
    advice: [
      'Compare win rates at equal length, as the report of several runs does.',
      'Use a loss that takes length out: --objective length-regularized-dpo, length-normalized-dpo, or simpo.',
      'Check that chosen and rejected are about equally long in your data (ais data inspect).',
    ],
    evidence: (run) => lengthEvidence(run, ({ before, after }) => after.mean >= FACTOR * before.mean),
  },
  {
    code: 'shorter-responses',
    level: 'watch',
    title: 'Responses become much shorter',
    warns: 'early',
    meaning:
      'With sums of log-probabilities a long response has more to lose: a policy that pushes both down ends up with short ones.',
    advice: [
      'Take a larger β or stop earlier.',
      'If that is what the chosen responses are like, all is well: compare their lengths (ais data inspect).',
    ],
    evidence: (run) =>
      lengthEvidence(run, ({ before, after }) => after.mean > EMPTY && FACTOR * after.mean <= before.mean),
  },
  {
    code: 'empty-responses',
    level: 'problem',
    title: 'Responses collapse to nothing',
    warns: 'early',
    meaning:
      'The policy ends its responses at once: the end-of-text token has become the likeliest first token.',
    advice: [
      'Go back to an earlier checkpoint; take a larger β or a smaller learning rate.',
      'Check that every response of your data ends with exactly one end-of-text token, and that none is empty.',
      'Add the likelihood of the chosen responses to the loss: --objective rpo.',
    ],
    evidence: (run) => lengthEvidence(run, ({ before, after }) => after.mean <= EMPTY && before.mean > EMPTY),
  },
];

/** A win rate that has fallen from its peak beyond noise while the training loss did not get worse. */
function fallOfWins(run: RunSeries): { readonly risen: boolean; readonly evidence: Evidence } | undefined {
  const wins = winRates(run);
  const fall = fallFromBest(wins);
  const loss = changeOf(run.train('loss'));
  const [first] = wins;
  if (!fall || !first || loss?.direction === 'up') return undefined;
  const far = distance(run);
  return {
    risen: change(first, fall.before).direction === 'up',
    evidence: {
      step: fall.after.to,
      shows: [
        moved('The win rate', fall, percent),
        ...(loss ? [moved('Meanwhile the training loss', loss)] : []),
        ...(far ? [`√KL from the reference is ${number(far.root)} at step ${far.step}.`] : []),
      ],
    },
  };
}

/** Of evaluations, from the first to the last; of samples along the run, from its first third to its last. */
function lengthEvidence(run: RunSeries, holds: (lengths: Change) => boolean): Evidence | undefined {
  const evaluated: readonly Level[] = run
    .evaluated('eval_mean_length')
    .map(({ step, value }) => ({ mean: value, standardError: 0, from: step, to: step }));
  const lengths = overall(evaluated) ?? changeOf(run.train('completions/mean_length'));
  if (!lengths || !holds(lengths)) return undefined;
  return { step: lengths.after.to, shows: [moved('The mean length in tokens', lengths)] };
}
