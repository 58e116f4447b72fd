import { seedsInterval } from '@ais/gold-eval';
import type { PolicyStudyData, TrainingPoint } from '../data/study-data.js';
import { leastBeta, type StudySweep } from '../measures/study-lines.js';
import { decimal, percent } from '../report/number-format.js';
import { chartPoint, domainOf, heights, type NamedChart } from './named-chart.js';
import type { Panel } from './panels.js';

type Metric = 'loss' | 'effectiveSampleSize' | 'meanWeight';

const axes: Readonly<Record<Metric, readonly [title: string, axis: string, format: string]>> = {
  loss: ['Training loss', 'loss of a batch, averaged over a stretch', '.3~r'],
  effectiveSampleSize: ['Effective sample size', 'share of the batch that the weights still use', '.0%'],
  meanWeight: ['Mean importance weight', 'mean weight of a batch', '.3~r'],
};

/** A metric of training during training, at each method's least β; methods without it are left out. */
export function trainingChart(
  study: PolicyStudyData,
  sweeps: readonly StudySweep[],
  metric: Metric,
  { suffix = '', title: where = '' }: Partial<Panel> = {},
): NamedChart[] {
  const [title, axis, yFormat] = axes[metric];
  const methods = sweeps.flatMap((sweep) => {
    const runs = leastBeta(sweep).runs.map(({ training }) => training);
    const points = (runs[0] ?? []).flatMap((stretch, index) => {
      const values = runs.flatMap((training) => metricOf(training[index], metric) ?? []);
      if (values.length < runs.length) return [];
      const estimate = seedsInterval(values, 0, 2);
      const text = metric === 'effectiveSampleSize' ? percent(estimate.value) : decimal(estimate.value, 3);
      return [
        chartPoint(
          stretch.fraction,
          estimate,
          `${sweep.title}, ${percent(stretch.fraction, 0)} of training: ${text}`,
        ),
      ];
    });
    return points.length > 0 ? [{ name: sweep.title, position: sweep.position, points }] : [];
  });
  if (methods.length === 0) return [];
  const spread = study.seeds.length > 1;
  return [
    {
      name: `${study.study}-${{ loss: 'loss', effectiveSampleSize: 'effective-sample-size', meanWeight: 'mean-weight' }[metric]}${suffix}`,
      caption: `Averaged over ${methods[0]?.points.length ?? 0} stretches of training; ${spread ? `bands are 95 % intervals over ${study.seeds.length} seeds` : 'one seed, without a band'}.${metric === 'loss' ? ' A weighted loss is multiplied with its weights, so that levels of different methods do not compare; shapes do.' : ''}`,
      chart: {
        title: `${title} during training${where}`,
        xTitle: 'fraction of training',
        yTitle: axis,
        xFormat: '.0%',
        yFormat,
        xDomain: [0, 1],
        yDomain: domainOf(heights(methods), 0, metric === 'effectiveSampleSize' ? 1 : undefined),
        methods,
        marks: 'none',
        interval: spread ? 'band' : 'none',
        description: `Line chart of the ${axis} during training. At the end, ${methods
          .map(({ name, points }) => `${name}: ${decimal(points.at(-1)?.y ?? Number.NaN, 3)}`)
          .join('; ')}.`,
      },
    },
  ];
}

function metricOf(point: TrainingPoint | undefined, metric: Metric): number | undefined {
  const value = point?.[metric];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
