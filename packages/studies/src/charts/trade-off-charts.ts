import { frontierOverSeeds } from '@ais/gold-eval';
import type { PolicyStudyData } from '../data/study-data.js';
import { studyWords } from '../data/study-words.js';
import { lengthEstimate, rateEstimate, squareRootKlEstimate } from '../measures/point-estimates.js';
import { evaluationText } from '../measures/policy-text.js';
import { type StudySweep, tradeOff, tradeOffCurves } from '../measures/study-lines.js';
import { decimal, percent } from '../report/number-format.js';
import { chartPoint, domainOf, heights, intervalCaption, type NamedChart, widths } from './named-chart.js';

interface Panel {
  readonly suffix?: string;
  readonly title?: string;
  /** Whether the frontiers are drawn too; by default, if there are few enough to tell apart. */
  readonly frontier?: boolean;
}

/** Bands of more methods than these hide each other. */
const mostFrontiers = 4;

/** Win rate and mean length against √KL, at the end of training over β, and the frontier of each method. */
export function tradeOffCharts(
  study: PolicyStudyData,
  sweeps: readonly StudySweep[],
  { suffix = '', title: where = '', frontier = sweeps.length <= mostFrontiers }: Panel = {},
): NamedChart[] {
  const { start, startModel, references } = studyWords(study);
  const swept = sweeps.some(({ planned }) => planned.length > 1);
  const [first] = sweeps;
  const prompts = (first && tradeOff(first)[0]?.points[0]?.winRate.n) ?? 0;
  const joined = swept
    ? `Each mark is the end of training at one β, from the ${startModel} on; the large one is the least β.`
    : 'Each mark is an evaluation during training; the large one is its end.';
  const curve = (estimate: typeof rateEstimate) =>
    sweeps.map((sweep) => ({
      name: sweep.title,
      position: sweep.position,
      points: tradeOff(sweep, start).map(({ name, points, last }) => {
        const { value, low, high } = squareRootKlEstimate(points);
        return {
          ...chartPoint(value, estimate(points), evaluationText(sweep.title, name, points), last),
          xLow: low,
          xHigh: high,
        };
      }),
    }));
  const rates = curve(rateEstimate);
  const lengths = curve(lengthEstimate);
  const xDomain = domainOf([0, ...widths(rates)], 0);
  const base = { xTitle: `√KL from the ${startModel}, √nats`, xFormat: '.3~r', xDomain } as const;
  const farthest = rates.map(({ name, points }) => {
    const last = points.find(({ end }) => end);
    return `${name}: ${percent(last?.y ?? Number.NaN)} at √KL ${decimal(last?.x ?? Number.NaN)}`;
  });
  const charts: NamedChart[] = [
    {
      name: `${study.study}-win-rate-against-kl${suffix}`,
      caption: `${joined} Higher at the same √KL is better. Bars are ${intervalCaption(study, prompts)}.`,
      chart: {
        ...base,
        title: `Win rate against distance from the ${startModel}${where}`,
        yTitle: `win rate against the ${references}`,
        yFormat: '.0%',
        yDomain: domainOf(heights(rates), 0, 1),
        methods: rates,
        interval: 'bars',
        description: `Connected points of the win rate against the square root of the KL divergence${where}. Farthest, ${farthest.join('; ')}.`,
      },
    },
  ];
  if (frontier) {
    const frontiers = sweeps.map((sweep) => ({
      name: sweep.title,
      position: sweep.position,
      points: frontierOverSeeds(tradeOffCurves(sweep)).map(({ squareRootKl, rate, low, high }) => ({
        x: squareRootKl,
        y: rate,
        low,
        high,
        end: false,
        description: `${sweep.title}: the best win rate within √KL ${decimal(squareRootKl)} is ${percent(rate)} (95 % interval ${decimal(100 * low, 1)} to ${decimal(100 * high, 1)})`,
      })),
    }));
    charts.push({
      name: `${study.study}-frontier${suffix}`,
      caption: `The best win rate within each KL budget, which holds its level until a better point comes, and lies a little too high as every maximum of noisy values does. Bands are ${intervalCaption(study, prompts)}.`,
      chart: {
        ...base,
        title: `Frontier of win rate and distance${where}`,
        yTitle: 'best win rate within the KL budget',
        yFormat: '.0%',
        yDomain: domainOf(heights(frontiers), 0, 1),
        methods: frontiers,
        line: 'steps',
        marks: 'none',
        interval: 'band',
        description: `Step chart of the best win rate against the KL budget${where}. At the largest budget, ${frontiers
          .map(({ name, points }) => `${name}: ${percent(points.at(-1)?.y ?? Number.NaN)}`)
          .join('; ')}.`,
      },
    });
  }
  charts.push({
    name: `${study.study}-length-against-kl${suffix}`,
    caption: `Mean response length of the same policies. ${study.seeds.length > 1 ? `Bars are 95 % intervals over ${study.seeds.length} seeds.` : 'One seed, without an interval.'} A policy that stops at once, or never, shows here.`,
    chart: {
      ...base,
      title: `Mean length against distance from the ${startModel}${where}`,
      yTitle: 'tokens, end-of-text included',
      yFormat: '.3~r',
      yDomain: domainOf(heights(lengths), 0),
      methods: lengths,
      interval: 'bars',
      description: `Connected points of the mean response length against the square root of the KL divergence${where}.`,
    },
  });
  return charts;
}
