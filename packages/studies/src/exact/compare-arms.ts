import { setImmediate } from 'node:timers/promises';
import { seedsInterval } from '@ais/gold-eval';
import { createRandom } from '@ais/runtime';
import { decide, equivalenceMargin } from '../claims/claim-decision.js';
import type { ExactTraining } from '../data/exact-table.js';
import type { ClaimVerdict } from '../data/study-data.js';
import { type Arm, arms } from './arms.js';
import { differenceAtEqualKl, type PointDifference } from './equal-kl.js';
import type { Comparison, ExactEstimate, ExactFinding, Shift } from './exact-row.js';
import { type PreferenceWorld, preferenceWorld, type WorldSettings } from './preference-world.js';
import { type ResponseSpace, responseSpace } from './response-space.js';
import { type ExactPoint, trainPolicy } from './train-policy.js';

export interface ArmComparisonSettings {
  readonly world: WorldSettings;
  readonly training: ExactTraining;
  readonly betas: readonly number[];
  /** What data to compare on. */
  readonly shifts: readonly Shift[];
  /** Numbers of seeds at which verdicts are sought, rising. */
  readonly looks: readonly number[];
  /** Seeds are this one and those that follow it; 1 by default. */
  readonly firstSeed?: number | undefined;
}

export interface ArmComparisonContext {
  readonly signal?: AbortSignal;
  /** Told how many of the seeds that there can be are done. */
  readonly onSeeds?: (done: number) => void;
}

/** One method at one β on one kind of data, against DPO. */
interface Contest {
  readonly arm: Arm;
  readonly shift: Shift;
  readonly beta: number;
  /** [seeds], along DPO's training. */
  readonly dpo: (readonly ExactPoint[])[];
  readonly ends: ExactPoint[];
  /** [seeds], the method less DPO. */
  readonly differences: Readonly<Record<'steps' | 'kl-in-training', PointDifference[]>>;
  readonly findings: Map<Comparison, ExactFinding>;
}

/**
 * Compares all methods with DPO in one world, seed by seed on the same pairs in the same order.
 *
 * A method at a β is done at the first look at which its win rates are decided, both at equal steps and at equal KL. Each look
 * has the confidence that all of them together need.
 *
 * @throws the signal's reason when it aborts
 */
export async function compareArms(
  { world, training, betas, shifts, looks, firstSeed = 1 }: ArmComparisonSettings,
  { signal, onSeeds = () => {} }: ArmComparisonContext = {},
): Promise<ExactFinding[]> {
  const space = responseSpace(world.vocabulary, world.length, world.context);
  const confidence = 1 - 0.05 / looks.length;
  const contests = betas.flatMap((beta) => contestsAt(beta, shifts));
  let done = 0;
  for (const [index, seeds] of looks.entries()) {
    const open = contests.filter((contest) => !isDecided(contest));
    if (open.length === 0) break;
    while (done < seeds) {
      const seed = firstSeed + done;
      playSeed(space, preferenceWorld(space, world, seed), training, open, { seed, place: done });
      done += 1;
      onSeeds(done);
      await setImmediate();
      signal?.throwIfAborted();
    }
    for (const contest of open) judge(contest, index + 1, confidence);
  }
  return [
    ...contests.flatMap((contest) => [
      ...(contest.arm === arms[0] && contest.shift !== 'known' ? [dpoFinding(contest)] : []),
      ...contest.findings.values(),
    ]),
    ...(betas.length > 1 ? shifts.flatMap((shift) => overBeta(contests, shift, looks, confidence)) : []),
  ];
}

function contestsAt(beta: number, shifts: readonly Shift[]): Contest[] {
  // Weights that know μ have the same DPO beside them as those that do not.
  const paths: Readonly<Record<Shift, ExactPoint[][]>> = (() => {
    const shifted: ExactPoint[][] = [];
    return { none: [], unknown: shifted, known: shifted };
  })();
  return shifts.flatMap((shift) =>
    arms.map(
      (arm): Contest => ({
        arm,
        shift,
        beta,
        dpo: paths[shift],
        ends: [],
        differences: { steps: [], 'kl-in-training': [] },
        findings: new Map(),
      }),
    ),
  );
}

/** Trains all methods that are still compared, and the DPO that they are compared with. */
function playSeed(
  space: ResponseSpace,
  world: PreferenceWorld,
  training: ExactTraining,
  contests: readonly Contest[],
  { seed, place }: { readonly seed: number; readonly place: number },
): void {
  const order = pairOrder(world.pairs.reference.chosen.length, training, seed);
  const train = (beta: number, shift: Shift, arm?: Arm): ExactPoint[] => {
    const pairs = shift === 'none' ? world.pairs.reference : world.pairs.shifted;
    const weighting = arm
      ? { alpha: arm.alpha(space.length), normalization: arm.normalization }
      : ({ alpha: 0, normalization: 'none' } as const);
    const logBehavior = shift === 'known' ? pairs.logBehavior : world.logReference;
    return trainPolicy(space, world, { beta, weighting, pairs, logBehavior }, training, order);
  };
  for (const { beta, shift, arm, dpo, ends, differences } of contests) {
    const own = train(beta, shift, arm);
    const other = dpo[place] ?? train(beta, shift);
    dpo[place] = other;
    const [end, otherEnd] = [endOf(own), endOf(other)];
    ends.push(end);
    differences.steps.push({
      win: end.win - otherEnd.win,
      gold: end.gold - otherEnd.gold,
      kl: end.kl - otherEnd.kl,
    });
    differences['kl-in-training'].push(differenceAtEqualKl(own, other));
  }
}

/** Numbers of pairs, epoch after epoch, each in an order of its own. */
export function pairOrder(pairs: number, { updates, batchSize }: ExactTraining, seed: number): Int32Array {
  const random = createRandom(seed, 'exact', 'order');
  const order = new Int32Array(updates * batchSize);
  for (let filled = 0; filled < order.length; filled += pairs)
    order.set(random.permutation(pairs).slice(0, order.length - filled), filled);
  return order;
}

function isDecided({ findings }: Contest): boolean {
  const found = [...findings.values()];
  return found.length > 0 && found.every(({ verdict }) => verdict !== 'open');
}

/** The first look that decides has decided, whatever comes later. */
function judge({ beta, shift, arm, differences, findings }: Contest, look: number, confidence: number): void {
  for (const at of ['steps', 'kl-in-training'] as const) {
    const before = findings.get(at);
    if (before && before.verdict !== 'open') continue;
    findings.set(at, { beta, shift, arm: arm.name, at, look, ...judged(differences[at], confidence) });
  }
}

type Judged = Pick<ExactFinding, 'win' | 'gold' | 'kl' | 'seeds' | 'verdict'>;

function judged(differences: readonly PointDifference[], confidence: number): Judged {
  const win = estimate(differences, 'win', confidence);
  const seeds = differences.length;
  return {
    win,
    gold: estimate(differences, 'gold', confidence),
    kl: estimate(differences, 'kl', confidence),
    seeds,
    verdict: seeds > 1 ? mapVerdict(win) : 'open',
  };
}

/**
 * Whether a method wins more often: `equivalent` where the whole interval is within the margin, whatever its sign, since a map
 * is read for differences that matter.
 */
function mapVerdict({ value, half }: ExactEstimate): ClaimVerdict {
  const [low, high] = [value - half, value + half];
  if (low >= -equivalenceMargin && high <= equivalenceMargin) return 'equivalent';
  const number = { name: 'the difference', unit: 'points', value, low, high, covers: 'seeds' } as const;
  return decide(number, { above: 0 }).verdict;
}

function estimate(
  values: readonly PointDifference[],
  key: keyof PointDifference,
  confidence: number,
): ExactEstimate {
  const { value, high } = seedsInterval(
    values.map((each) => each[key]),
    0,
    1,
    confidence,
  );
  return { value, half: high - value };
}

/** DPO at the end of training, over all seeds that it was trained with. */
function dpoFinding({ beta, shift, dpo }: Contest): ExactFinding {
  const values = judged(dpo.map(endOf), 0.95);
  return { beta, shift, arm: 'dpo', at: 'steps', look: 0, ...values, verdict: 'open' };
}

/** Ends of runs over β, of the seeds that all β have: their number is one of the looks, whose confidence holds for it. */
function overBeta(
  contests: readonly Contest[],
  shift: Shift,
  looks: readonly number[],
  confidence: number,
): ExactFinding[] {
  return arms.flatMap((arm) => {
    const own = contests
      .filter((contest) => contest.arm === arm && contest.shift === shift)
      .toSorted((a, b) => b.beta - a.beta);
    const seeds = Math.min(...own.map(({ ends }) => ends.length));
    const paths = Array.from({ length: seeds }, (_, index) => ({
      own: [start, ...own.flatMap(({ ends }) => ends[index] ?? [])],
      dpo: [start, ...own.map(({ dpo }) => endOf(dpo[index] ?? []))],
    }));
    return (['kl-over-beta', 'half-kl-over-beta'] as const).map((at): ExactFinding => {
      const share = at === 'kl-over-beta' ? 1 : 0.5;
      const differences = paths.map((path) => differenceAtEqualKl(path.own, path.dpo, share));
      const look = looks.indexOf(seeds) + 1;
      return { beta: 0, shift, arm: arm.name, at, look, ...judged(differences, confidence) };
    });
  });
}

/** π_ref, measured against itself. */
const start: ExactPoint = { kl: 0, gold: 0, win: 0.5 };

function endOf(path: readonly ExactPoint[]): ExactPoint {
  const end = path.at(-1);
  if (!end) throw new RangeError('A training has a start.');
  return end;
}
