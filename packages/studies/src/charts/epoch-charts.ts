import type { ReportedPoint } from '../data/reported.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { type StudyWords, studyWords } from '../data/study-words.js';
import {
  type Estimate,
  lengthEstimate,
  rateEstimate,
  squareRootKlEstimate,
} from '../measures/point-estimates.js';
import { evaluationText } from '../measures/policy-text.js';
import { alongEpoch, epochOnCommonPrompts, leastBeta, type StudySweep } from '../measures/study-lines.js';
import { decimal, percent } from '../report/number-format.js';
import { chartPoint, domainOf, heights, intervalCaption, type NamedChart } from './named-chart.js';

interface Quantity {
  readonly key: string;
  readonly title: string;
  readonly axis: string;
  readonly format: string;
  readonly bounds: readonly [number, number];
  readonly estimate: (points: readonly ReportedPoint[]) => Estimate;
  readonly text: (value: number) => string;
}

const quantitiesOf = ({ startModel, references }: StudyWords): readonly Quantity[] => [
  {
    key: 'win-rate',
    title: 'Win rate during training',
    axis: `win rate against the ${references}`,
    format: '.0%',
    bounds: [0, 1],
    estimate: rateEstimate,
    text: (value) => percent(value),
  },
  {
    key: 'kl',
    title: `Distance from the ${startModel} during training`,
    axis: `√KL from the ${startModel}, √nats`,
    format: '.3~r',
    bounds: [0, Number.POSITIVE_INFINITY],
    estimate: squareRootKlEstimate,
    text: (value) => decimal(value),
  },
  {
    key: 'length',
    title: 'Mean response length during training',
    axis: 'tokens, end-of-text included',
    format: '.3~r',
    bounds: [0, Number.POSITIVE_INFINITY],
    estimate: lengthEstimate,
    text: (value) => decimal(value, 1),
  },
];

/** Win rate, √KL and mean length during training, at each method's least β, averaged over seeds. */
export function epochCharts(
  study: PolicyStudyData,
  sweeps: readonly StudySweep[],
  panel: { readonly suffix?: string; readonly title?: string } = {},
): NamedChart[] {
  const { suffix = '', title: where = '' } = panel;
  return quantitiesOf(studyWords(study)).map(({ key, title, axis, format, bounds, estimate, text }) => {
    const methods = sweeps.map((sweep) => {
      const evaluations = epochOnCommonPrompts(leastBeta(sweep));
      return {
        name: sweep.title,
        position: sweep.position,
        points: evaluations.map((points, index) => {
          const fraction = points[0]?.fraction ?? Number.NaN;
          return chartPoint(
            fraction,
            estimate(points),
            evaluationText(sweep.title, `${percent(fraction, 0)} of training`, points),
            index === evaluations.length - 1,
          );
        }),
      };
    });
    const betas = [...new Set(sweeps.map((sweep) => leastBeta(sweep).beta))];
    const [first] = sweeps;
    const asked = first ? alongEpoch(leastBeta(first)).map((points) => points[0]?.winRate.n ?? 0) : [];
    const [prompts, most] = [Math.min(...asked), Math.max(...asked)];
    const bands =
      key === 'length'
        ? study.seeds.length > 1
          ? `Bands are 95 % intervals over ${study.seeds.length} seeds.`
          : 'A mean over one seed, without an interval.'
        : `Bands are ${intervalCaption(study, prompts)}.`;
    const common =
      prompts === most
        ? ''
        : key === 'length'
          ? ` Lengths are of ${prompts} to ${most} prompts, as many as each evaluation asked.`
          : ` All evaluations are on the first ${prompts} prompts, which each of them asked; tables have the end on all ${most}.`;
    const lasting = methods.map(({ name, points }) => `${name}: ${text(points.at(-1)?.y ?? Number.NaN)}`);
    return {
      name: `${study.study}-${key}-along-epoch${suffix}`,
      caption: `β = ${betas.join(', ')}. ${bands}${common}${key === 'length' ? ' Responses that shrink or grow without limit can win a judge over while they say less.' : ''}`,
      chart: {
        title: `${title}${where}`,
        xTitle: 'fraction of training',
        yTitle: axis,
        xFormat: '.0%',
        yFormat: format,
        xDomain: [0, 1],
        yDomain: domainOf(heights(methods), ...bounds),
        methods,
        interval: 'band',
        description: `Line chart of the ${axis} against the fraction of training${where}. At the end, ${lasting.join('; ')}.`,
      },
    };
  });
}
