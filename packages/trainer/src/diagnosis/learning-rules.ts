import { type Change, changeOf, type Level, lateLevel, levelOf, type Point } from './change.js';
import { type Evidence, level, moved, number, percent, type Rule } from './finding.js';
import { distance, heldOutAccuracies, overall, pairMetrics } from './held-out.js';
import { aboveHalf } from './reward-rules.js';
import type { RunSeries } from './run-series.js';

/** A log-ratio of this many nats, or less, is rounding. */
const ROUNDING = 0.01;
/** An accuracy that may be above this is not known to be that of a coin. */
const CHANCE = 0.6;
/** A policy this near to its reference, in nats of the margin and of √KL, has hardly moved. */
const STILL = 0.1;
/** Without the number of held-out pairs, a gap below this may be noise. */
const UNKNOWN_GAP = 0.15;
/** Held-out losses are measured on the same examples each time: less than this share is no turn. */
const TURN = 0.01;

/** Losses per step as they would be without weights, which change along a run and move the loss with them. */
export function unweightedLosses(run: RunSeries): readonly Point[] {
  const weights = new Map(run.train('weights/mean').map(({ step, value }) => [step, value]));
  return run.train('loss').map(({ step, value }) => ({ step, value: value / (weights.get(step) || 1) }));
}

/** Whether the losses are of pairs that stay the same, so that learning lowers them. */
const comparable = ({ facts: { stage } }: RunSeries): boolean =>
  stage !== 'online-preference' && stage !== 'policy-gradient';

/** Accuracy on training pairs late in a run that learns from stored pairs. */
function trainingAccuracy(run: RunSeries): Level | undefined {
  return comparable(run) ? lateLevel(run.train('rewards/accuracies')) : undefined;
}

/** What a run has learned, or not, and whether it holds beyond its training data. */
export const learningRules: readonly Rule[] = [
  {
    code: 'reference-is-not-the-start',
    level: 'watch',
    title: 'The policy does not start at its reference',
    warns: 'early',
    meaning:
      'Before the first update both log-ratios should be 0. If they are not, the model that log-probabilities are measured ' +
      'from is another one than the model that is trained, and the loss first pulls the policy somewhere you did not mean.',
    advice: [
      'If you meant it (startsAwayFromReference), go on.',
      'Otherwise give the same checkpoint as model and as reference, with the same tokenizer and template.',
      'Delete stored log-probabilities (reference-log-probs.json) that were computed with another model.',
    ],
    evidence(run) {
      const { stage = 'preference', reference, beta = 1 } = run.facts;
      if (reference !== true || stage === 'reward' || stage === 'sft') return undefined;
      const shows = [
        ...['rewards/chosen', 'rewards/rejected'].flatMap((name) =>
          ratioAtStart(run.train(name), name, beta),
        ),
        ...ratioAtStart(run.train('objective/kl'), 'objective/kl', 1),
        ...run
          .evaluated('eval_kl')
          .filter(({ step, value }) => step === 0 && value > ROUNDING)
          .map(({ value }) => `KL from the reference is ${number(value)} nats before the first update.`),
      ];
      return shows.length > 0 ? { step: 0, shows } : undefined;
    },
  },
  {
    code: 'nothing-is-learned',
    level: 'problem',
    title: 'Nothing is learned: accuracy stays at 50 %',
    warns: 'at the end',
    meaning:
      'Chosen and rejected are told apart no better than by a coin. Either the updates are too small to show, or the labels ' +
      'carry nothing that the model can see.',
    advice: [
      'Look at the log-ratios in the evidence. If they are close to 0, raise the learning rate tenfold, or train longer.',
      'If they have moved, look at the labels: are they random, or chosen and rejected mixed?',
      'Check that responses are not cut off before they differ (data.maxResponseTokens).',
    ],
    evidence(run) {
      const late = trainingAccuracy(run);
      const loss = changeOf(unweightedLosses(run));
      if (!late || !loss || loss.direction === 'down') return undefined;
      if (aboveHalf(late) || late.mean + 2 * late.standardError > CHANCE) return undefined;
      if (heldOutAccuracies(run).some(aboveHalf)) return undefined;
      return {
        step: late.to,
        shows: [
          `Accuracy on training pairs is ${level(late, percent)}.`,
          moved('The loss', loss),
          ...farthest(run),
        ],
      };
    },
  },
  {
    code: 'hardly-moves',
    level: 'watch',
    title: 'The policy hardly moves from where it started',
    warns: 'at the end',
    meaning:
      'Pairs may be in the right order already, since a tiny step is enough for that, but the model’s responses are those of ' +
      'the reference.',
    advice: ['Raise the learning rate (try tenfold), train longer, or lower β.'],
    evidence(run) {
      const { stage, reference, beta } = run.facts;
      const late = trainingAccuracy(run);
      const margin = lateLevel(run.train('rewards/margins'));
      if (stage !== 'preference' || reference !== true || beta === undefined) return undefined;
      if (!late || !aboveHalf(late) || !margin || margin.mean / beta > STILL) return undefined;
      const far = distance(run);
      if (far && (far.step === 0 || far.root > STILL)) return undefined;
      return {
        step: late.to,
        shows: [
          `Accuracy on training pairs is ${level(late, percent)}.`,
          `The margin is a log-ratio of ${number(margin.mean / beta)} nats (steps ${margin.from}–${margin.to}).`,
          ...(far ? [`√KL from the reference is ${number(far.root)} at step ${far.step}.`] : []),
        ],
      };
    },
  },
  {
    code: 'overfitting',
    level: 'problem',
    title: 'The model learns its training data by heart',
    warns: 'early',
    meaning:
      'It still improves on the examples that it trains on, and no longer on those that it does not see. What it learns now ' +
      'does not hold for new prompts.',
    advice: [
      'Stop at the best evaluation: selection keeps that checkpoint, and its patience ends the run.',
      'Train for one epoch, or get more data.',
      'Take a larger β, a smaller learning rate, or LoRA.',
    ],
    evidence: (run) => (run.train('rewards/accuracies').length > 0 ? gapOfPairs(run) : turnOfLoss(run)),
  },
];

function ratioAtStart(points: readonly Point[], name: string, beta: number): string[] {
  const [first] = points;
  if (first?.step !== 1 || Math.abs(first.value / beta) <= ROUNDING) return [];
  return [`${name} is ${number(first.value)} in the first batch, before any update.`];
}

/** How far the log-ratios went. */
function farthest(run: RunSeries): string[] {
  const { beta } = run.facts;
  const late = lateLevel(run.train('rewards/chosen'));
  if (!late) return [];
  const ratio = beta === undefined ? '' : `, a log-ratio of ${number(late.mean / beta)} nats`;
  return [`The chosen responses’ reward is ${level(late)}${ratio}.`];
}

/** Accuracy that is higher on training pairs than on held-out ones, where it does not rise. */
function gapOfPairs(run: RunSeries): Evidence | undefined {
  const training = trainingAccuracy(run);
  if (!training) return undefined;
  const heldOut = heldOutOf(run);
  if (!heldOut || heldOut.moved?.direction === 'up') return undefined;
  const gap = training.mean - heldOut.last.mean;
  const noise = heldOut.moved
    ? 3 * Math.hypot(training.standardError, heldOut.last.standardError)
    : UNKNOWN_GAP;
  if (gap <= Math.max(noise, 0.05)) return undefined;
  const losses = run.evaluated(pairMetrics(run).loss);
  const best = lowest(losses);
  const last = losses.at(-1);
  return {
    step: heldOut.last.to,
    shows: [
      `Accuracy on training pairs is ${level(training, percent)}.`,
      heldOut.moved
        ? moved('Accuracy on held-out pairs', heldOut.moved, percent)
        : `Accuracy on held-out pairs is ${level(heldOut.last, percent)}.`,
      ...(best && last && last.value > best.value
        ? [
            `The held-out loss was lowest at step ${best.step}, ${number(best.value)}, and is ${number(last.value)} at step ${last.step}.`,
          ]
        : []),
    ],
  };
}

/** The last held-out accuracy, and how it moved if its noise is known. */
function heldOutOf(run: RunSeries): { readonly last: Level; readonly moved?: Change } | undefined {
  const known = heldOutAccuracies(run);
  const change = overall(known);
  if (change) return { last: change.after, moved: change };
  const last = run.evaluated(pairMetrics(run).accuracy).at(-1);
  return last && last.step > 0 ? { last: levelOf([last]) } : undefined;
}

/** A held-out loss that turns while the training loss falls. */
function turnOfLoss(run: RunSeries): Evidence | undefined {
  if (run.facts.stage !== 'sft') return undefined;
  const training = changeOf(run.train('loss'));
  const losses = run.evaluated('eval_loss');
  const best = lowest(losses);
  const last = losses.at(-1);
  if (training?.direction !== 'down' || !best || !last) return undefined;
  if (last.value <= best.value * (1 + TURN)) return undefined;
  return {
    step: last.step,
    shows: [
      moved('The training loss', training),
      `The held-out loss was lowest at step ${best.step}, ${number(best.value)}, and is ${number(last.value)} at step ${last.step}.`,
    ],
  };
}

function lowest(points: readonly Point[]): Point | undefined {
  const [first, ...others] = points;
  return first && others.reduce((best, own) => (own.value < best.value ? own : best), first);
}
