import { ofTerm } from '../run/term-metrics.js';
import { changeOf, type Level, lateLevel, median } from './change.js';
import { type Evidence, level, moved, number, percent, type Rule } from './finding.js';
import { unweightedLosses } from './learning-rules.js';
import type { RunSeries } from './run-series.js';

/** A gradient of this many times the usual norm is a spike. */
const SPIKE = 10;
/** Fewer steps say little about what is usual. */
const LEAST = 20;
/** Below this share of the batch, few pairs carry the update. */
const FEW = 0.1;
/** A mean weight outside of [1/2, 2] changes the step by as much. */
const STEP = 2;
/** A rise of the loss by less than this share is a wobble. */
const RISE = 0.05;

/** What weights, gradients, and losses say of a run's stability. */
export const stabilityRules: readonly Rule[] = [
  {
    code: 'few-pairs-carry-the-weight',
    level: 'problem',
    title: 'Few pairs carry the importance weight',
    warns: 'never',
    meaning:
      'The effective sample size is how many equally weighted pairs would be as informative as the batch. When it is a small ' +
      'share of it, most pairs are read for nothing, and updates follow a few.',
    advice: [
      'Smooth the weights more: --importance inverse-length, or a smaller α.',
      'Bound them from above (importance.clip), or take larger batches.',
      'Stay closer to the policy that wrote the data: a larger β, fewer steps, or fresh pairs.',
    ],
    evidence(run) {
      return lateWeights(run, 'weights/effective_sample_size', {
        counts: ({ mean }) => mean < FEW,
        show: (late, term) => `The effective sample size${term} is ${level(late, percent)} of the batch.`,
      });
    },
  },
  {
    code: 'step-size-changed',
    level: 'watch',
    title: 'The mean importance weight is far from 1, which changes the step size',
    warns: 'at the end',
    meaning:
      'Weights do two things: they say which pairs count, and their mean scales the gradient. Far from 1 the second is ' +
      'most of the effect, and a comparison with a run without weights compares learning rates too. Adam cancels a factor ' +
      'that stays the same, but not one that shrinks or grows along the run, and clipping sees it.',
    advice: [
      'Train once with meanWeightOnly, which changes the step size and nothing else, and once with selfNormalized, which changes the weighting alone.',
      'Compare at equal KL rather than at equal steps.',
    ],
    evidence(run) {
      return lateWeights(run, 'weights/mean', {
        counts: ({ mean }) => mean >= STEP || mean <= 1 / STEP,
        show: (late, term) => `The mean weight${term} is ${level(late)}.`,
      });
    },
  },
  {
    code: 'skipped-steps',
    level: 'problem',
    title: 'Some steps were not finite and had to be skipped',
    warns: 'never',
    meaning:
      'A loss or a gradient was NaN or infinite. The update was left out, so that the weights are intact.',
    advice: [
      'Lower the learning rate, lengthen the warm-up, and clip the gradient (training.maxGradientNorm).',
      'Look at the records of these steps: empty or very long responses are the usual ones.',
      'Bound importance weights (importance.clip).',
    ],
    evidence({ skipped }) {
      const [first, last] = [skipped[0], skipped.at(-1)];
      if (!first || !last) return undefined;
      const steps = skipped.map(({ step }) => step);
      const named = steps.length > 5 ? `${steps.slice(0, 5).join(', ')}, …` : steps.join(', ');
      const records = first['loss'] ?? first['gradient'];
      return {
        step: last.step,
        shows: [
          `${steps.length === 1 ? '1 step was' : `${steps.length} steps were`} skipped: ${named}.`,
          ...(typeof records === 'string' ? [`The first one read the records ${records}.`] : []),
        ],
      };
    },
  },
  {
    code: 'gradient-spikes',
    level: 'watch',
    title: 'The gradient spikes',
    warns: 'at the end',
    meaning:
      'Some batches want updates many times larger than usual. Without clipping, one such step can undo hundreds.',
    advice: [
      'Clip the gradient: training.maxGradientNorm 1 is customary.',
      'Lower the learning rate or lengthen the warm-up.',
      'Look at the records of these steps.',
    ],
    evidence(run) {
      const norms = run.train('grad_norm');
      if (norms.length < LEAST) return undefined;
      const usual = median(norms.map(({ value }) => value));
      const spikes = norms.filter(({ value }) => value > SPIKE * usual);
      const [first, ...others] = spikes;
      if (!first) return undefined;
      const worst = others.reduce((found, own) => (own.value > found.value ? own : found), first);
      return {
        step: spikes.at(-1)?.step ?? first.step,
        shows: [
          `The gradient’s norm is above ${SPIKE} times its median of ${number(usual)} at ${spikes.length} of ${norms.length} steps; ` +
            `it is largest at step ${worst.step}, ${number(worst.value)}.`,
        ],
      };
    },
  },
  {
    code: 'loss-rises',
    level: 'problem',
    title: 'The training loss rises',
    warns: 'at the end',
    meaning: 'Updates make the loss worse on the very data that they are made from: the run diverges.',
    advice: [
      'Lower the learning rate (a third, then a tenth), or lengthen the warm-up.',
      'Clip the gradient: training.maxGradientNorm 1.',
    ],
    evidence(run) {
      const { stage } = run.facts;
      // Losses over fresh samples have no value to compare.
      if (stage === 'policy-gradient' || stage === 'online-preference') return undefined;
      const loss = changeOf(run.train('loss'));
      // Weights that grow raise the loss, and are no divergence.
      if (changeOf(unweightedLosses(run))?.direction !== 'up') return undefined;
      if (loss?.direction !== 'up' || loss.difference <= RISE * Math.abs(loss.before.mean)) return undefined;
      return { step: loss.after.to, shows: [moved('The loss', loss)] };
    },
  },
];

/** Where a metric of the weights of any term ends up so that it counts. */
function lateWeights(
  run: RunSeries,
  name: string,
  {
    counts,
    show,
  }: {
    readonly counts: (late: Level) => boolean;
    readonly show: (late: Level, term: string) => string;
  },
): Evidence | undefined {
  const found = run.terms(name).flatMap(({ prefix, points }) => {
    const late = lateLevel(points);
    return late && counts(late) ? [{ step: late.to, shown: show(late, ofTerm(prefix)) }] : [];
  });
  const [first] = found;
  return first && { step: first.step, shows: found.map(({ shown }) => shown) };
}
