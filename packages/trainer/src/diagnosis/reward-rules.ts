import { type Change, change, changeOf, type Level, type Point } from './change.js';
import { type Evidence, level, moved, number, percent, type Rule } from './finding.js';
import { distance, FAR, heldOutAccuracies, overall, winRates } from './held-out.js';
import type { RunSeries } from './run-series.js';

interface Rewards {
  readonly chosen: Change;
  readonly rejected: Change;
  readonly margin: Change;
  /** The three in words. */
  readonly shows: readonly string[];
  readonly step: number;
}

/**
 * How the rewards of the pairs moved, as log-ratios in nats where β is known. Only pairs that stay the same tell of the
 * policy: of samples drawn along the run the log-ratios rise by themselves, and a reward model's scores are none.
 */
function rewardsOf(run: RunSeries): Rewards | undefined {
  const { stage = 'preference', beta, reference } = run.facts;
  if (stage !== 'preference') return undefined;
  const inNats = beta !== undefined && reference === true;
  const scaled = (name: string): readonly Point[] =>
    run.train(name).map(({ step, value }) => ({ step, value: inNats ? value / beta : value }));
  const chosen = changeOf(scaled('rewards/chosen'));
  const rejected = changeOf(scaled('rewards/rejected'));
  const margin = changeOf(scaled('rewards/margins'));
  if (!chosen || !rejected || !margin) return undefined;
  const what = inNats ? 'log-ratio to the reference, in nats,' : 'reward';
  return {
    chosen,
    rejected,
    margin,
    step: chosen.after.to,
    shows: [
      moved(`The chosen responses’ ${what}`, chosen),
      moved(`The rejected responses’ ${what}`, rejected),
      moved('The margin between them', margin),
    ],
  };
}

/** What speaks against the falling rewards of the chosen responses being harmless. */
function doesNotFollow(run: RunSeries, { margin }: Rewards): readonly string[] {
  const accuracies = heldOutAccuracies(run);
  const last = accuracies.at(-1);
  const wins = overall(winRates(run));
  const far = distance(run);
  const fallen = fallFromBest(accuracies);
  return [
    ...(margin.direction === 'up' ? [] : ['The margin does not grow beyond noise.']),
    ...(last && !aboveHalf(last)
      ? [`Accuracy on held-out pairs is ${level(last, percent)}, not above 50 % beyond noise.`]
      : fallen
        ? [moved('Accuracy on held-out pairs', fallen, percent)]
        : []),
    ...(wins?.direction === 'down' ? [moved('The win rate', wins, percent)] : []),
    ...(far && far.root > FAR && wins?.direction !== 'up'
      ? [`√KL from the reference is ${number(far.root)} at step ${far.step}; above ${FAR} is far.`]
      : []),
  ];
}

/** Whether an accuracy is above that of a coin by three standard errors. */
export function aboveHalf({ mean, standardError }: Level): boolean {
  return mean - 3 * standardError > 0.5;
}

/** From the best of some levels to the last, if that is a fall beyond noise. */
export function fallFromBest(levels: readonly Level[]): Change | undefined {
  const last = levels.at(-1);
  const [first, ...others] = levels;
  if (!first || !last) return undefined;
  const best = others.reduce((found, own) => (own.mean > found.mean ? own : found), first);
  const fall = change(best, last);
  return fall.direction === 'down' ? fall : undefined;
}

const bothFall = ({ chosen, rejected, margin }: Rewards): boolean =>
  chosen.direction === 'down' && rejected.direction === 'down' && margin.direction === 'up';

/** A rule over the rewards alone. */
const when =
  (holds: (rewards: Rewards, run: RunSeries) => boolean) =>
  (run: RunSeries): Evidence | undefined => {
    const rewards = rewardsOf(run);
    return rewards && holds(rewards, run) ? { step: rewards.step, shows: rewards.shows } : undefined;
  };

/** What the rewards of chosen and rejected responses say. */
export const rewardRules: readonly Rule[] = [
  {
    code: 'likelihood-displacement',
    level: 'problem',
    title:
      'Chosen responses become less likely, and nothing shows that others that are as good take their place',
    warns: 'early',
    meaning:
      'The loss sees only the difference between chosen and rejected. It can improve while both become less likely; the ' +
      'probability then goes to responses that no pair contains, and these need not be good.',
    advice: [
      'Read samples of the policy: are they still good?',
      'Take a larger β or a smaller learning rate, or stop earlier.',
      'Add the likelihood of the chosen responses to the loss: --objective rpo, or weighted-sum of dpo and chosen-sft.',
      'Leave out pairs whose responses are nearly the same: they push both down the most.',
      'Make pairs from samples of the model that you train (ais generate, ais label), rather than from other models.',
    ],
    evidence(run) {
      const rewards = rewardsOf(run);
      if (rewards?.chosen.direction !== 'down') return undefined;
      const against = doesNotFollow(run, rewards);
      if (against.length === 0 || prefersRejected(rewards)) return undefined;
      return { step: rewards.step, shows: [...rewards.shows, ...against] };
    },
  },
  {
    code: 'both-fall',
    level: 'normal',
    title: 'Chosen and rejected responses both become less likely, the rejected ones more so',
    warns: 'never',
    meaning:
      'This is what DPO and its relatives usually do: the margin is what they learn, and it grows. It is no failure as long ' +
      'as held-out accuracy and the win rate follow and √KL stays small.',
    advice: ['Watch held-out pairs and a judge’s win rate along the run; training rewards cannot tell.'],
    evidence: when((rewards, run) => bothFall(rewards) && doesNotFollow(run, rewards).length === 0),
  },
  {
    code: 'chosen-rises',
    level: 'normal',
    title: 'Chosen responses become more likely',
    warns: 'never',
    meaning: 'The policy moves toward what was preferred, as one would wish.',
    advice: [],
    evidence: when(({ chosen, margin }) => chosen.direction === 'up' && margin.direction === 'up'),
  },
  {
    code: 'rewards-within-noise',
    level: 'normal',
    title: 'The rewards of the chosen responses have not moved beyond noise',
    warns: 'never',
    meaning:
      'Batches differ by more than this change. Whatever direction a smoothed curve seems to take, these numbers do not ' +
      'show one.',
    advice: ['Train longer, or take larger batches, before you read anything into the curve.'],
    evidence: when(({ chosen }) => chosen.direction === 'within noise'),
  },
  {
    code: 'prefers-rejected',
    level: 'problem',
    title: 'The policy learns to prefer the rejected responses',
    warns: 'early',
    meaning: 'The margin falls below zero beyond noise: training works against the labels.',
    advice: [
      'Check the sign of a custom objective with testObjective from @ais/objectives/testing.',
      'Check that the objective reads chosen and rejected in this order, and that no term besides the margin outweighs it.',
    ],
    evidence: when(prefersRejected),
  },
];

function prefersRejected({ margin }: Rewards): boolean {
  return margin.direction === 'down' && margin.after.mean + 3 * margin.after.standardError < 0;
}
