import type { StudiedLoss } from '@ais/kl/mixture-study';
import type { MixtureStudyData } from '../data/study-data.js';
import { decimal } from '../report/number-format.js';
import { heights, logDomainOf, type NamedChart, widths } from './named-chart.js';

/** The losses of fig1 in the order of their marks. */
function mixtureLosses({
  mixture,
}: MixtureStudyData): { readonly name: string; readonly loss: StudiedLoss }[] {
  return [
    { name: 'μ-weighted (α = 0)', loss: mixture.muWeighted },
    { name: 'importance-weighted (α = 1)', loss: mixture.importanceWeighted },
    ...mixture.smoothed.map((loss) => ({ name: `smoothed, α = ${loss.alpha}`, loss })),
  ];
}

/** fig1: both losses against KL and along the policy's mean on log axes, and their correlations. */
export function mixtureCharts(study: MixtureStudyData): NamedChart[] {
  const { thetas, kl } = study.mixture;
  const losses = mixtureLosses(study);
  const seed = study.seeds[0] ?? 0;
  // Of 201 points a tenth is enough to be read out.
  const hover = (index: number, text: string): string => (index % 10 === 0 ? text : '');

  // The two losses are a thousandfold apart: each has a scale of its own.
  const againstKl = losses.slice(0, 2).map(({ name, loss }, position): NamedChart => {
    const method = {
      name,
      position,
      points: thetas.map((theta, index) => {
        const y = loss.sampled[index] ?? Number.NaN;
        const x = kl[index] ?? Number.NaN;
        const text = `${name}, θ = ${decimal(theta)}: KL ${decimal(x, 3)} nats, loss ${y.toPrecision(3)}`;
        return { x, y, low: y, high: y, end: false, description: hover(index, text) };
      }),
    };
    const { sampled, expected } = loss.correlation;
    return {
      name: `fig1-${position === 0 ? 'unweighted' : 'weighted'}-loss-against-kl`,
      caption: `One mark for each of ${thetas.length} means θ of the policy, both axes logarithmic; pairs sampled with seed ${seed}. Pearson’s correlation of the logarithms: ${decimal(sampled)}, in expectation ${decimal(expected)}.`,
      chart: {
        title: `${position === 0 ? 'μ-weighted' : 'Importance-weighted'} loss against KL: r = ${decimal(sampled)}`,
        xTitle: 'KL of the policy from the reference, nats',
        yTitle: position === 0 ? 'mean of ½ρ² over sampled pairs' : 'mean of ½wρ² over sampled pairs',
        xFormat: '.2~f',
        yFormat: '~g',
        xScale: 'log',
        yScale: 'log',
        xDomain: logDomainOf(widths([method])),
        yDomain: logDomainOf(heights([method])),
        methods: [method],
        line: 'none',
        marks: 'small',
        interval: 'none',
        description: `Scatter plot of the ${name} loss against the KL divergence on logarithmic axes. Correlation ${decimal(sampled)}.`,
      },
    };
  });
  const alongTheta = [
    ...losses.map(({ name, loss }, position) => ({ name, position, values: loss.sampled })),
    { name: 'KL divergence, nats', position: losses.length, values: kl },
  ].map(({ name, position, values }) => ({
    name,
    position,
    points: thetas.map((theta, index) => {
      const y = values[index] ?? Number.NaN;
      const text = `${name}, θ = ${decimal(theta)}: ${y.toPrecision(3)}`;
      return { x: theta, y, low: y, high: y, end: false, description: hover(index, text) };
    }),
  }));
  const ordered = losses.map(({ loss }) => loss).toSorted((a, b) => a.alpha - b.alpha);
  const correlations = (['sampled', 'expected'] as const).map((kind, index) => ({
    name: kind === 'sampled' ? 'sampled pairs' : 'in expectation, by quadrature',
    position: losses.length + 1 + index,
    points: ordered.map(({ alpha, correlation }) => {
      const y = correlation[kind];
      const description = `α = ${alpha}, ${kind}: correlation ${decimal(y, 3)}`;
      return { x: alpha, y, low: y, high: y, end: false, description };
    }),
  }));
  return [
    ...againstKl,
    {
      name: 'fig1-losses-along-theta',
      caption:
        'The same losses and the KL divergence over the policy’s mean, the vertical axis logarithmic. A loss that follows KL rises and falls where KL does.',
      chart: {
        title: 'Losses and KL along the policy’s mean',
        xTitle: 'mean θ of the policy N(θ, 0.1²)',
        yTitle: 'loss, or KL in nats',
        xFormat: '.1~f',
        yFormat: '~g',
        yScale: 'log',
        xDomain: [Math.min(...thetas), Math.max(...thetas)],
        yDomain: logDomainOf(heights(alongTheta)),
        methods: alongTheta,
        marks: 'none',
        interval: 'none',
        description:
          'Line chart of five losses and of the KL divergence against the mean of the policy, on a logarithmic axis.',
      },
    },
    {
      name: 'fig1-correlation',
      caption:
        'Sampled correlations move with the seed; those in expectation do not, and decide the verdict. α = 0 is no weighting, α = 1 plain importance sampling.',
      chart: {
        title: 'Correlation with KL against α',
        xTitle: 'α',
        yTitle: 'Pearson’s correlation of the logarithms',
        xFormat: '.2~f',
        yFormat: '.1~f',
        xDomain: [-0.04, 1.04],
        yDomain: [0, 1],
        methods: correlations,
        interval: 'none',
        description: `Line chart of the correlation with KL against α, from ${decimal(ordered[0]?.correlation.expected ?? Number.NaN)} at α = 0 to ${decimal(ordered.at(-1)?.correlation.expected ?? Number.NaN)} at α = 1 in expectation.`,
      },
    },
  ];
}
