import { seedsInterval } from '@ais/gold-eval';
import type { ImportanceSettings } from '@ais/pipeline/settings';
import { mean } from '../data/mean.js';
import type { PairWeights, PolicyStudyData } from '../data/study-data.js';
import { hasPairWeights, weightOptions } from '../data/study-method.js';
import { leastBeta, type StudySweep } from '../measures/study-lines.js';
import { decimal, percent } from '../report/number-format.js';
import { chartPoint, domainOf, heights, type NamedChart } from './named-chart.js';

const bins = 24;

/** What the weights do to the pairs at the end of training: their distribution, and whom they keep and drop. */
export function weightCharts(study: PolicyStudyData, sweeps: readonly StudySweep[]): NamedChart[] {
  const weighted = sweeps.flatMap((sweep) => {
    const { beta } = leastBeta(sweep);
    const seeds = (study.weights ?? []).filter(
      (weights) =>
        weights.method === sweep.method.title &&
        weights.beta === beta &&
        (weights.data ?? sweep.data) === sweep.data &&
        weights.logWeight.length > 0,
    );
    return seeds.length > 0 ? [{ sweep, seeds }] : [];
  });
  if (weighted.length === 0) return [];
  const spread =
    study.seeds.length > 1
      ? ` Bands and bars are 95 % intervals over ${study.seeds.length} seeds.`
      : ' One seed, without an interval.';
  const pairs = weighted[0]?.seeds[0]?.logWeight.length ?? 0;
  const kept = (
    key: string,
    title: string,
    xTitle: string,
    of: (weights: PairWeights) => readonly number[],
  ): NamedChart => {
    const edges = quantileEdges(weighted[0]?.seeds.flatMap(of) ?? []);
    const methods = weighted.map(({ sweep, seeds }) => ({
      name: sweep.title,
      position: sweep.position,
      points: edges.slice(1).flatMap((high, index) => {
        const low = edges[index] ?? Number.NaN;
        const values = seeds.flatMap((weights) => {
          const value = relativeWeight(weights, of(weights), low, high, index === edges.length - 2);
          return value === undefined ? [] : [value];
        });
        if (values.length < seeds.length) return [];
        const estimate = seedsInterval(values, 0, 2);
        const x = (low + high) / 2;
        return [
          chartPoint(
            x,
            { ...estimate, low: Math.max(0, estimate.low) },
            `${sweep.title}, pairs from ${decimal(low)} to ${decimal(high)}: ${decimal(estimate.value)} of the mean weight`,
          ),
        ];
      }),
    }));
    return {
      name: `weights-against-${key}`,
      caption: `Mean weight of tenths of the first ${pairs} pairs of each run, relative to the mean of all: above 1 the loss keeps them, below 1 it drops them.${spread}`,
      chart: {
        title,
        xTitle,
        yTitle: 'mean weight, relative to that of all pairs',
        xFormat: '.3~r',
        yFormat: '.2~f',
        xDomain: domainOf(methods.flatMap(({ points }) => points.map(({ x }) => x))),
        yDomain: domainOf([1, ...heights(methods)], 0),
        methods,
        level: { y: 1, name: 'mean of all pairs', description: 'the mean weight of all pairs' },
        interval: study.seeds.length > 1 ? 'bars' : 'none',
        description: `Line chart of the mean relative weight of pairs against the ${xTitle}.`,
      },
    };
  };
  return [
    histogram(weighted, pairs, limitsOf(sweeps)),
    kept(
      'margin',
      'Which pairs are kept, by margin',
      'gold reward margin of the pair',
      ({ goldMargin }) => goldMargin,
    ),
    kept(
      'length',
      'Which pairs are kept, by length',
      'tokens of both responses',
      ({ chosenLength, rejectedLength }) =>
        chosenLength.map((length, index) => length + (rejectedLength[index] ?? 0)),
    ),
    kept(
      'length-difference',
      'Which pairs are kept, by difference in length',
      'tokens of the chosen less the rejected response',
      ({ chosenLength, rejectedLength }) =>
        chosenLength.map((length, index) => length - (rejectedLength[index] ?? 0)),
    ),
  ];
}

interface Weighted {
  readonly sweep: StudySweep;
  readonly seeds: readonly PairWeights[];
}

/** What a reader must know of methods whose weights are not those of training, or not there. */
function limitsOf(sweeps: readonly StudySweep[]): string {
  const titles = (isMeant: (importance: Exclude<ImportanceSettings, 'none'>) => boolean): string =>
    sweeps
      .flatMap(({ title, method: { importance } }) =>
        importance !== 'none' && isMeant(importance) ? [title] : [],
      )
      .join(', ');
  const averaged = titles((importance) => {
    const { selfNormalized, meanWeightOnly } = weightOptions(importance);
    return hasPairWeights(importance) && Boolean(selfNormalized || meanWeightOnly);
  });
  const absent = titles((importance) => !hasPairWeights(importance));
  const ofObjective = sweeps
    .filter(({ method: { importance, objective } }) => importance === 'none' && isWeighted(objective))
    .map(({ title }) => title)
    .join(', ');
  return [
    averaged &&
      ` The mean weight of a method that uses one (${averaged}) is over these pairs; in training it is over each batch.`,
    absent &&
      ` Without methods whose weights have bounds on tokens or responses, a mask, or a filter: ${absent}.`,
    ofObjective &&
      ` Without methods that have weights by the name of their objective, of which no pair’s is kept: ${ofObjective}. Give importance instead.`,
  ].join('');
}

/** Whether the name of an objective says that it has weights, as `ais-dpo` does. */
function isWeighted(objective: string): boolean {
  return /^ais-[a-z-]+$/.test(objective);
}

function histogram(weighted: readonly Weighted[], pairs: number, limits: string): NamedChart {
  const all = weighted.flatMap(({ seeds }) => seeds.flatMap(({ logWeight }) => logWeight));
  // The outermost 1 % is drawn into the end bins, or a single pair would set the scale.
  const sorted = all.filter(Number.isFinite).toSorted((a, b) => a - b);
  const low = sorted[Math.floor(0.005 * sorted.length)] ?? -1;
  const high = Math.max(low + 1e-6, sorted[Math.ceil(0.995 * sorted.length) - 1] ?? 1);
  const width = (high - low) / bins;
  const methods = weighted.map(({ sweep, seeds }) => {
    const values = seeds.flatMap(({ logWeight }) => logWeight);
    const counts = Array.from({ length: bins }, () => 0);
    for (const value of values) {
      const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) / width)));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const share = (bin: number): number => (counts[bin] ?? 0) / values.length;
    const point = (bin: number) => {
      const from = low + bin * width;
      const y = share(Math.min(bin, bins - 1));
      const text = `${sweep.title}: ${percent(y)} of the pairs have a log-weight from ${decimal(from)} to ${decimal(from + width)}`;
      return { x: from, y, low: 0, high: y, end: false, description: bin < bins ? text : '' };
    };
    return {
      name: sweep.title,
      position: sweep.position,
      points: Array.from({ length: bins + 1 }, (_, bin) => point(bin)),
    };
  });
  return {
    name: 'weights-histogram',
    caption: `Log-weights of the first ${pairs} pairs of each run at the end of training, all seeds together; 0 leaves a pair as it is. The outermost half percent on either side is counted in the outermost bins.${limits}`,
    chart: {
      title: 'Distribution of the log-weights',
      xTitle: 'log w',
      yTitle: 'share of the pairs',
      xFormat: '.2~f',
      yFormat: '.0%',
      xDomain: [low, high],
      yDomain: [0, 1.06 * Math.max(...heights(methods))],
      methods,
      upright: 0,
      line: 'steps',
      marks: 'none',
      interval: 'none',
      description: `Histogram of the log-weights. Their middle is ${weighted
        .map(
          ({ sweep, seeds }) =>
            `${decimal(median(seeds.flatMap(({ logWeight }) => logWeight)))} for ${sweep.title}`,
        )
        .join(', ')}.`,
    },
  };
}

/** Mean weight of the pairs inside the edges over that of all pairs, scaled by the largest so that none overflows. */
function relativeWeight(
  { logWeight }: PairWeights,
  by: readonly number[],
  low: number,
  high: number,
  last: boolean,
): number | undefined {
  const largest = logWeight.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const weights = logWeight.map((value) => Math.exp(value - largest));
  const inside = weights.filter((_, index) => {
    const value = by[index] ?? Number.NaN;
    return value >= low && (value < high || (last && value === high));
  });
  if (inside.length === 0) return undefined;
  return mean(inside) / mean(weights);
}

/** Edges between tenths of the values; fewer where values repeat. */
function quantileEdges(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const edges = Array.from(
    { length: 11 },
    (_, tenth) => sorted[Math.round((tenth / 10) * (sorted.length - 1))] ?? 0,
  );
  return [...new Set(edges)];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
