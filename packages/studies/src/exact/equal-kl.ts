import type { ExactPoint } from './train-policy.js';

/** The quality of a policy, without what it cost. */
export type Quality = Omit<ExactPoint, 'kl'>;

/**
 * The quality on a path where it first has a KL, between two of its points linearly in √KL.
 *
 * @param path points from the start (KL 0) on: along training, or the ends of runs by falling β
 * @throws {RangeError} if no point has that KL
 */
export function qualityAtKl(path: readonly ExactPoint[], kl: number): Quality {
  const next = path.findIndex((point) => point.kl >= kl);
  const [before, after] = [path[Math.max(0, next - 1)], path[next]];
  if (!before || !after) throw new RangeError(`No point of the path has a KL of ${kl}.`);
  const [low, high] = [Math.sqrt(Math.max(0, before.kl)), Math.sqrt(Math.max(0, after.kl))];
  const share = high > low ? (Math.sqrt(Math.max(0, kl)) - low) / (high - low) : 1;
  const between = (from: number, to: number): number => from + share * (to - from);
  return { gold: between(before.gold, after.gold), win: between(before.win, after.win) };
}

/** A method less another one; of `kl` it is the √KL that both have where they are compared at equal KL. */
export type PointDifference = ExactPoint;

/**
 * A method less another one at a share of the largest √KL that both reached.
 *
 * @param share of √KL, above 0 and at most 1
 */
export function differenceAtEqualKl(
  method: readonly ExactPoint[],
  other: readonly ExactPoint[],
  share: number = 1,
): PointDifference {
  const most = (path: readonly ExactPoint[]): number => Math.max(...path.map(({ kl }) => kl));
  const kl = Math.max(0, Math.min(most(method), most(other)) * share ** 2);
  const [own, its] = [qualityAtKl(method, kl), qualityAtKl(other, kl)];
  return { gold: own.gold - its.gold, win: own.win - its.win, kl: Math.sqrt(kl) };
}
