import { GoldEvalError } from '../errors.js';
import { shown } from '../shown.js';

/**
 * [n], which values belong together, such as prompts of one family: those with the same number were drawn together, and count as
 * one draw in errors. May be longer than the values.
 */
export type Clusters = ArrayLike<number>;

/** How many draws n values are: clusters, or each for itself. */
export function drawCount(n: number, clusters?: Clusters): number {
  return clusters ? membersOf(n, clusters).length : n;
}

/**
 * How many clusters of one size would leave as many degrees of freedom: 1 + (G − 1)/G·(Σ n_g²)²/Σ n_g⁴, the number of clusters G if they
 * all have the same size. If one cluster holds a large part of the values, its single deviation is most of the estimated error, which is
 * then a poor estimate.
 *
 * @see A. V. Carter, K. T. Schnepel, D. G. Steigerwald, "Asymptotic behavior of a t-test robust to cluster heterogeneity", Review of
 *   Economics and Statistics 99 (2017)
 */
export function effectiveDraws(n: number, clusters?: Clusters): number {
  if (!clusters) return n;
  const squares = membersOf(n, clusters).map(({ length }) => length ** 2);
  const sum = squares.reduce((total, square) => total + square, 0);
  const equal = sum ** 2 / squares.reduce((total, square) => total + square ** 2, 0);
  return 1 + (equal * (squares.length - 1)) / squares.length;
}

/** The sum of the values of each draw: of each cluster, or each value for itself. */
export function drawSums(values: readonly number[], clusters?: Clusters): readonly number[] {
  if (!clusters) return values;
  return membersOf(values.length, clusters).map((members) =>
    members.reduce((sum, index) => sum + (values[index] ?? Number.NaN), 0),
  );
}

/** What draws as many of n values as there are, with replacement, or as many clusters, with all that is in each. */
export function drawing(n: number, clusters?: Clusters): (random: () => number) => Uint32Array {
  if (!clusters) {
    return (random) => {
      // A bootstrap draws millions; a loop is several times as fast as Uint32Array.from.
      const sample = new Uint32Array(n);
      for (let index = 0; index < n; index++) sample[index] = Math.floor(random() * n);
      return sample;
    };
  }
  const all = membersOf(n, clusters);
  return (random) => Uint32Array.from(all.flatMap(() => all[Math.floor(random() * all.length)] as number[]));
}

/** @throws {GoldEvalError} `invalid-lengths` if there are fewer than n, `invalid-value` if one of these is not a number */
export function checkClusters(clusters: Clusters | undefined, n: number): void {
  if (!clusters) return;
  if (clusters.length < n) {
    throw new GoldEvalError(
      'invalid-lengths',
      `clusters must name that of each of the ${n} prompts, got ${clusters.length}.`,
    );
  }
  for (let index = 0; index < n; index++) {
    const cluster: unknown = clusters[index];
    if (typeof cluster === 'number' && !Number.isNaN(cluster)) continue;
    throw new GoldEvalError(
      'invalid-value',
      `the cluster of prompt ${index} must be a number, got ${shown(cluster)}; prompts with the same number belong together.`,
    );
  }
}

/** The positions of the values in each cluster, in the order in which clusters come up. */
function membersOf(n: number, clusters: Clusters): number[][] {
  checkClusters(clusters, n);
  const members = new Map<number, number[]>();
  for (const [index, cluster] of Array.from(clusters).slice(0, n).entries()) {
    const others = members.get(cluster);
    if (others) others.push(index);
    else members.set(cluster, [index]);
  }
  return [...members.values()];
}
