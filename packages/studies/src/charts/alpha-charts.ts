import type { ReportedPoint } from '../data/reported.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { studyWords } from '../data/study-words.js';
import { findSweep, fixedAlphas } from '../measures/find-sweep.js';
import {
  type Estimate,
  lengthEstimate,
  rateEstimate,
  squareRootKlEstimate,
} from '../measures/point-estimates.js';
import { evaluationText } from '../measures/policy-text.js';
import { ends, hasLeastBeta, leastBeta } from '../measures/study-lines.js';
import { decimal, percent } from '../report/number-format.js';
import { chartPoint, domainOf, heights, intervalCaption, type NamedChart } from './named-chart.js';

/** What each fixed α gives at the end of training, with the adaptive α as a level. */
export function alphaCharts(study: PolicyStudyData): NamedChart[] {
  const { startModel, references } = studyWords(study);
  const fixed = fixedAlphas(study);
  const adaptive = findSweep(study, {
    objective: 'dpo',
    importance: 'inverse-length',
    behavior: 'reference',
  });
  const [first] = fixed;
  if (!first) return [];
  const draw = (
    key: string,
    title: string,
    yTitle: string,
    yFormat: string,
    estimate: (points: readonly ReportedPoint[]) => Estimate,
    text: (value: number) => string,
    most?: number,
  ): NamedChart => {
    const prompts = ends(leastBeta(first.sweep))[0]?.winRate.n ?? 0;
    const methods = [
      {
        name: 'fixed α',
        position: 6,
        points: fixed.map(({ alpha, sweep }) => {
          const points = ends(leastBeta(sweep));
          return chartPoint(
            alpha,
            estimate(points),
            evaluationText(`α = ${alpha}`, 'end of training', points),
          );
        }),
      },
    ];
    // A mean length has no interval over prompts, as a win rate has.
    const covers =
      estimate !== lengthEstimate
        ? ` Bars are ${intervalCaption(study, prompts)}.`
        : study.seeds.length > 1
          ? ` Bars are 95 % intervals over ${study.seeds.length} seeds.`
          : '';
    const level = adaptive && hasLeastBeta(adaptive) ? estimate(ends(leastBeta(adaptive))).value : undefined;
    const name = level === undefined ? '' : `α = 1/|y|: ${text(level)}`;
    return {
      name: `${study.study}-${key}-against-alpha`,
      caption: `At the end of training; α = 0 is unweighted DPO, the dotted level the adaptive α = 1/|y|.${covers}`,
      chart: {
        title,
        xTitle: 'fixed α',
        yTitle,
        xFormat: '.2~f',
        yFormat,
        xDomain: domainOf(fixed.map(({ alpha }) => alpha)),
        yDomain: domainOf([...heights(methods), ...(level === undefined ? [] : [level])], 0, most),
        methods,
        ...(level !== undefined && { level: { y: level, name, description: name } }),
        interval: 'bars',
        description: `Line chart of the ${yTitle} against α. ${methods[0]?.points.map(({ x, y }) => `α = ${x}: ${text(y)}`).join('; ')}. ${name}.`,
      },
    };
  };
  return [
    draw(
      'win-rate',
      'Win rate against α',
      `win rate against the ${references}`,
      '.0%',
      rateEstimate,
      percent,
      1,
    ),
    draw(
      'kl',
      `Distance from the ${startModel} against α`,
      `√KL from the ${startModel}, √nats`,
      '.3~r',
      squareRootKlEstimate,
      decimal,
    ),
    draw('length', 'Mean length against α', 'tokens, end-of-text included', '.3~r', lengthEstimate, (value) =>
      decimal(value, 1),
    ),
  ];
}
