import type { DemoReportData, ReportedMethod, ReportedPoint } from '../report/demo-report-data.js';
import { squareRootKl } from '../report/method-result.js';
import { decimal, percent } from '../report/number-format.js';
import type { ChartPoint, MethodChart } from './method-chart.js';

/** The three pictures of a demo run. */
export type DemoFigureName = 'win-rate-along-epoch' | 'kl-along-epoch' | 'win-rate-against-kl';

// The two-sided 95 % quantile of the normal distribution, for intervals of √KL.
const z95 = 1.959964;

/** A method's curve, from the SFT model where the run evaluated it and the method did not start with it. */
export function curve(method: ReportedMethod, sft: ReportedPoint | undefined): readonly ReportedPoint[] {
  const first = method.points[0];
  return sft && first && first.fraction > 0
    ? [{ ...sft, fraction: 0, step: 0 }, ...method.points]
    : method.points;
}

/** What the three figures of a demo run draw. */
export function demoCharts(data: DemoReportData): Readonly<Record<DemoFigureName, MethodChart>> {
  const methods = data.methods.map((method) => {
    const points = curve(method, data.sft);
    return { name: method.name, points, end: points.at(-1) };
  });
  const all = methods.flatMap(({ points }) => points);
  const rates = domain(
    [...all, ...(data.sft ? [data.sft] : [])].flatMap(({ winRate }) => [winRate.low, winRate.high]),
    [0, 1],
  );
  const klHighs = all.map((point) => Math.sqrt(Math.max(0, point.kl.mean + z95 * error(point))));
  const klDomain: [number, number] = [0, 1.06 * Math.max(0.1, ...klHighs)];

  const draw = (
    name: string,
    points: readonly ReportedPoint[],
    end: ReportedPoint | undefined,
    x: (point: ReportedPoint) => number,
    y: (point: ReportedPoint) => readonly [number, number, number],
  ): { name: string; points: ChartPoint[] } => ({
    name,
    points: points.map((point) => {
      const [value, low, high] = y(point);
      return { x: x(point), y: value, low, high, end: point === end, description: hoverText(name, point) };
    }),
  });
  const rateOf = ({ winRate }: ReportedPoint) => [winRate.rate, winRate.low, winRate.high] as const;
  const klOf = (point: ReportedPoint) =>
    [
      squareRootKl(point),
      Math.sqrt(Math.max(0, point.kl.mean - z95 * error(point))),
      Math.sqrt(Math.max(0, point.kl.mean + z95 * error(point))),
    ] as const;
  const fraction = ({ fraction }: ReportedPoint) => fraction;
  const ends = (text: (point: ReportedPoint) => string): string =>
    methods.map(({ name, end }) => `${name}: ${end ? text(end) : 'not evaluated'}`).join('; ');
  const level = data.sft
    ? {
        y: data.sft.winRate.rate,
        name: `SFT ${percent(data.sft.winRate.rate)}`,
        description: hoverText('SFT', data.sft),
      }
    : undefined;
  const fractions = {
    xTitle: 'fraction of the epoch',
    xFormat: '.0%',
    xDomain: [0, Math.max(1, ...all.map(fraction))] as const,
  };

  return {
    'win-rate-along-epoch': {
      ...fractions,
      title: 'Win rate along the epoch',
      yTitle: 'win rate against the reference summaries',
      yFormat: '.0%',
      yDomain: rates,
      interval: 'band',
      methods: methods.map(({ name, points, end }) => draw(name, points, end, fraction, rateOf)),
      ...(level ? { level } : {}),
      description: `Line chart of the win rate against the fraction of the epoch. At the end, ${ends((point) => percent(point.winRate.rate))}.`,
    },
    'kl-along-epoch': {
      ...fractions,
      title: 'Distance from the SFT model along the epoch',
      yTitle: '√KL from the SFT model, √nats',
      yFormat: '.3~r',
      yDomain: klDomain,
      interval: 'band',
      methods: methods.map(({ name, points, end }) => draw(name, points, end, fraction, klOf)),
      description: `Line chart of the square root of the KL divergence against the fraction of the epoch. At the end, ${ends((point) => decimal(squareRootKl(point)))}.`,
    },
    'win-rate-against-kl': {
      title: 'Win rate against distance from the SFT model',
      xTitle: '√KL from the SFT model, √nats',
      yTitle: 'win rate against the reference summaries',
      xFormat: '.3~r',
      yFormat: '.0%',
      xDomain: klDomain,
      yDomain: rates,
      interval: 'bars',
      methods: methods.map(({ name, points, end }) => draw(name, points, end, squareRootKl, rateOf)),
      ...(level ? { level } : {}),
      description: `Connected points of the win rate against the square root of the KL divergence, in the order of training. At the end, ${ends((point) => `${percent(point.winRate.rate)} at ${decimal(squareRootKl(point))}`)}.`,
    },
  };
}

function error({ kl }: ReportedPoint): number {
  return Number.isFinite(kl.standardError) ? kl.standardError : 0;
}

function hoverText(name: string, point: ReportedPoint): string {
  const { winRate } = point;
  return (
    `${name}, ${percent(point.fraction, 0)} of the epoch (step ${point.step}): ` +
    `win rate ${percent(winRate.rate)} (95 % interval ${decimal(100 * winRate.low, 1)} to ${decimal(100 * winRate.high, 1)}), ` +
    `√KL ${decimal(squareRootKl(point))}, mean length ${decimal(point.meanLength, 1)} tokens`
  );
}

/** The range of the values with a margin, inside the bounds. */
function domain(values: readonly number[], [least, most]: readonly [number, number]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = Math.max(0.02, 0.06 * (high - low));
  return [Math.max(least, low - margin), Math.min(most, high + margin)];
}
