import { peakOverSeeds } from '@ais/gold-eval';
import type { PolicyStudyData } from '../data/study-data.js';
import { studyWords } from '../data/study-words.js';
import { withAndWithout } from '../measures/find-sweep.js';
import { numberText } from '../measures/measured-number.js';
import { type StudySweep, tradeOffCurves } from '../measures/study-lines.js';
import { differenceAtEqualKl } from '../measures/win-rate-measures.js';
import { decimal, percent } from '../report/number-format.js';
import { domainOf, heights, intervalCaption, type NamedChart, widths } from './named-chart.js';
import type { Panel } from './panels.js';

/** How far each method lies above unweighted DPO at equal KL. */
export function equalKlChart(
  study: PolicyStudyData,
  sweeps: readonly StudySweep[],
  { suffix = '', title: where = '' }: Partial<Panel> = {},
): NamedChart[] {
  const found = withAndWithout(study, 'dpo');
  if (!found) return [];
  const rows = sweeps.flatMap((sweep) => {
    const number =
      sweep === found.plain ? undefined : differenceAtEqualKl(sweep, found.plain, { confidence: 0.95 });
    return number && sweep.title !== found.plain.title ? [{ sweep, number }] : [];
  });
  const methods = rows.map(({ sweep, number }, index) => {
    const y = rows.length - 1 - index;
    const { value, low, high } = number;
    return {
      name: sweep.title,
      position: sweep.position,
      points: [
        {
          x: value,
          y,
          low: y,
          high: y,
          xLow: low,
          xHigh: high,
          end: true,
          description: `${number.name}: ${numberText(number)}`,
        },
      ],
    };
  });
  if (methods.length === 0) return [];
  const prompts = sweeps[0]?.lines[0]?.runs[0]?.points[0]?.winRate.n ?? 0;
  return [
    {
      name: `${study.study}-difference-at-equal-kl${suffix}`,
      caption: `Win rate less that of unweighted DPO at the largest √KL that both reached, which is beside the name. Right of the dotted line is better than DPO. Bars are ${intervalCaption(study, prompts)}.`,
      chart: {
        title: `Win rate at equal KL, less that of DPO${where}`,
        xTitle: 'difference of win rates',
        yTitle: 'method, and √KL where it is compared',
        xFormat: '+.0%',
        yFormat: 'd',
        xDomain: domainOf([0, ...widths(methods)]),
        yDomain: [-0.6, rows.length - 0.4],
        yLabels: rows
          .map(({ sweep, number }) => `${sweep.title}\n√KL ${decimal(number.squareRootKl)}`)
          .toReversed(),
        methods,
        upright: 0,
        line: 'none',
        interval: 'none',
        description: `Differences of win rates at equal KL. ${rows.map(({ number }) => `${number.name}: ${numberText(number)}`).join('; ')}.`,
      },
    },
  ];
}

/** The best win rate on each data set. */
export function peakChart(
  study: PolicyStudyData,
  sweeps: readonly StudySweep[],
  { suffix = '', title: where = '' }: Partial<Panel> = {},
): NamedChart[] {
  const { startModel } = studyWords(study);
  const labels = sweeps.map(({ data }) => data);
  const methods = sweeps.map((sweep, x) => {
    const { value, low, high } = peakOverSeeds(tradeOffCurves(sweep)).rate;
    return {
      name: sweep.title,
      position: sweep.position,
      points: [
        {
          x,
          y: value,
          low: Math.max(0, low),
          high: Math.min(1, high),
          end: true,
          description: `${sweep.title}: the best win rate is ${percent(value)} (95 % interval ${percent(low)} to ${percent(high)})`,
        },
      ],
    };
  });
  const prompts = sweeps[0]?.lines[0]?.runs[0]?.points[0]?.winRate.n ?? 0;
  return [
    {
      name: `${study.study}-best-win-rate${suffix}`,
      caption: `The highest win rate over all β on each data set; like every maximum of noisy values a little too high. Bars are ${intervalCaption(study, prompts)}.`,
      chart: {
        title: `Best win rate by data set${where}`,
        xTitle: `data set, from near the ${startModel} to far`,
        yTitle: 'best win rate over β',
        xFormat: 'd',
        yFormat: '.0%',
        xDomain: [-0.5, labels.length - 0.5],
        yDomain: domainOf(heights(methods), 0, 1),
        xLabels: labels,
        methods,
        line: 'none',
        interval: 'bars',
        description: `The best win rate by data set. ${methods.map(({ name, points }) => `${name}: ${percent(points[0]?.y ?? Number.NaN)}`).join('; ')}.`,
      },
    },
  ];
}
