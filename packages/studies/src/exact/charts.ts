import { domainOf, heights, type NamedChart, widths } from '../charts/named-chart.js';
import type { ClaimVerdict, ExactStudyData } from '../data/study-data.js';
import type { ChartMethod } from '../figures/method-chart.js';
import { arms } from './arms.js';
import { type Comparison, type ExactRow, exactRows, type Shift, shifts } from './exact-row.js';
import { armTitle, comparisonTitles, contextTitle, effectTitles, shiftTitles } from './exact-words.js';
import { findRows, mainRow, type RowQuery } from './find-rows.js';
import { estimateText } from './tables.js';

/** The decomposition at the base, each factor's effect, and the maps of the grid. */
export function charts(study: ExactStudyData): NamedChart[] {
  return [...decompositionCharts(study), ...effectCharts(study), ...mapCharts(study)];
}

type Quantity = 'win' | 'gold' | 'kl';

const axisTitles: Readonly<Record<Quantity, string>> = {
  win: 'win rate against π_ref, points',
  gold: 'mean gold reward, standard deviations',
  kl: 'KL from π_ref, nats',
};

/** Win rates are drawn in points. */
const scaleOf = (of: Quantity): number => (of === 'win' ? 100 : 1);

function rowText(row: ExactRow, of: Quantity): string {
  return `${armTitle(row.arm)} less DPO, ${comparisonTitles[row.at]}: ${estimateText(row[of], scaleOf(of), of === 'win' ? 1 : 2)}, ${row.seeds} seeds`;
}

/** Each method less DPO at the base: what its weights do to KL, to the gold reward, and to the win rate. */
function decompositionCharts(study: ExactStudyData): NamedChart[] {
  const onData = (at: Comparison) =>
    shifts.map((shift) => ({ name: shiftTitles[shift], query: { shift, at } }));
  const at = (where: Comparison) => ({ name: comparisonTitles[where], query: { at: where } });
  return [
    decompositionChart(
      study,
      'kl',
      'What weights do to the KL after the same number of updates',
      onData('steps'),
    ),
    decompositionChart(
      study,
      'gold',
      'What weights do to the gold reward after the same number of updates',
      onData('steps'),
    ),
    decompositionChart(study, 'win', 'What weights do to the win rate', [
      at('steps'),
      at('kl-in-training'),
      at('kl-over-beta'),
      at('half-kl-over-beta'),
    ]),
  ];
}

function decompositionChart(
  study: ExactStudyData,
  of: Quantity,
  title: string,
  lines: readonly { readonly name: string; readonly query: RowQuery }[],
): NamedChart {
  const yLabels = arms.map((arm) => arm.title.replace(' (', '\n(')).toReversed();
  const methods = lines.map(
    ({ name, query }, line): ChartMethod => ({
      name,
      points: arms.toReversed().flatMap((arm, place) => {
        const row = mainRow(study, { ...query, arm: arm.name });
        if (!row) return [];
        const { value, half } = row[of];
        const factor = scaleOf(of);
        // Beside each other, not on each other.
        const y = place + 0.16 * ((lines.length - 1) / 2 - line);
        const ends = { xLow: factor * (value - half), xHigh: factor * (value + half) };
        return [
          {
            x: factor * value,
            ...ends,
            y,
            low: y,
            high: y,
            end: false,
            description: `${name}: ${rowText(row, of)}`,
          },
        ];
      }),
    }),
  );
  const { length, context, pairs, beta } = study.base;
  return {
    name: `exact-decomposition-${of}`,
    caption:
      `T = ${length}, context ${context}, N = ${pairs}, β = ${beta}: each method less DPO, paired by seed, with 95 % intervals over ${study.seeds.length} seeds. ` +
      'Self-normalized weights change which pairs count and not the step; the mean weight changes the step and not which pairs count.',
    chart: {
      title,
      xTitle: `method less DPO: ${axisTitles[of]}`,
      yTitle: 'method',
      xFormat: '+.2~f',
      yFormat: '',
      xDomain: domainOf([0, ...widths(methods)]),
      yDomain: [-0.6, arms.length - 0.4],
      yLabels,
      methods,
      upright: 0,
      line: 'none',
      interval: 'none',
      description: methods.flatMap(({ points }) => points.map(({ description }) => description)).join('; '),
    },
  };
}

/** A factor, the levels that the study has of it, and what each changes about the base. */
interface Factor {
  readonly name: string;
  readonly title: string;
  readonly levels: readonly { readonly label: string; readonly query: RowQuery }[];
}

function factorsOf(study: ExactStudyData): Factor[] {
  const rows = findRows(exactRows(study.exact), { part: 'main' });
  const distinct = <Key extends keyof ExactRow>(key: Key): ExactRow[Key][] =>
    [...new Set(rows.map((row) => row[key]))].toSorted((a, b) => Number(a) - Number(b));
  const { context: own } = study.base;
  // Full comes last, as NaN has no order.
  const contexts = distinct('context').toSorted((a, b) => Number(a === 'full') - Number(b === 'full'));
  return [
    {
      name: 'length',
      title: 'length of responses, T',
      levels: distinct('length').map((length) => ({ label: String(length), query: { length } })),
    },
    {
      name: 'context',
      title: 'context of the policy',
      levels: contexts.map((context) => ({
        label: contextTitle(context),
        query: context === own ? {} : { context },
      })),
    },
    {
      name: 'coverage',
      title: 'preference pairs, N',
      levels: distinct('pairs').map((pairs) => ({ label: String(pairs), query: { pairs } })),
    },
    {
      name: 'label-noise',
      title: 'share of labels turned around',
      levels: distinct('flips').map((flips) => ({ label: String(flips), query: { flips } })),
    },
    {
      name: 'shift',
      title: 'where pairs come from',
      levels: shifts.map((shift) => ({ label: shiftTitles[shift].replace(', ', '\n'), query: { shift } })),
    },
    {
      name: 'beta',
      title: 'β',
      levels: distinct('beta')
        .filter((beta) => beta > 0)
        .map((beta) => ({ label: String(beta), query: { beta } })),
    },
  ];
}

function effectCharts(study: ExactStudyData): NamedChart[] {
  return factorsOf(study).flatMap((factor) => {
    const equalKl = factor.name === 'beta' ? 'kl-in-training' : 'kl-over-beta';
    return (['steps', equalKl] as const).map((at) => effectChart(study, factor, at));
  });
}

function effectChart(study: ExactStudyData, { name, title, levels }: Factor, at: Comparison): NamedChart {
  const methods = arms.map(
    (arm, line): ChartMethod => ({
      name: arm.title,
      points: levels.flatMap(({ label, query }, level) => {
        const row = mainRow(study, { ...query, arm: arm.name, at });
        if (!row) return [];
        const { value, half } = row.win;
        return [
          {
            x: level + 0.08 * (line - (arms.length - 1) / 2),
            y: 100 * value,
            low: 100 * (value - half),
            high: 100 * (value + half),
            end: false,
            description: `${label.replace('\n', ', ')}: ${rowText(row, 'win')}`,
          },
        ];
      }),
    }),
  );
  const { length, context, pairs, beta, flips } = study.base;
  return {
    name: `exact-${name}-${at === 'steps' ? 'steps' : 'kl'}`,
    caption: `Each method less DPO at ${comparisonTitles[at]}, in points of win rate, with 95 % intervals over ${study.seeds.length} seeds. All else is T = ${length}, context ${context}, N = ${pairs}, β = ${beta}, flips ${flips}, pairs of π_ref.`,
    chart: {
      title: `Win rate less DPO’s at ${comparisonTitles[at]}: ${title}`,
      xTitle: title,
      yTitle: 'method less DPO: win rate against π_ref, points',
      xFormat: '',
      yFormat: '+.1~f',
      xDomain: [-0.5, levels.length - 0.5],
      yDomain: domainOf([0, ...heights(methods)]),
      xLabels: levels.map(({ label }) => label),
      methods,
      level: { y: 0, name: 'DPO', description: 'no difference' },
      interval: 'bars',
      description: methods.flatMap(({ points }) => points.map(({ description }) => description)).join('; '),
    },
  };
}

const effects: readonly { readonly verdict: ClaimVerdict; readonly position: number }[] = [
  { verdict: 'shown', position: 2 },
  { verdict: 'equivalent', position: 5 },
  { verdict: 'refuted', position: 1 },
  { verdict: 'open', position: 6 },
];

/** AIS with α = 1/T in every cell of the grid. */
function mapCharts(study: ExactStudyData): NamedChart[] {
  const rows = findRows(exactRows(study.exact), { part: 'grid', arm: 'ais' });
  if (rows.length === 0) return [];
  return [
    ...(['steps', 'kl-in-training'] as const).flatMap((at) =>
      shifts.map((shift) => betaMap(findRows(rows, { at, shift }), at, shift)),
    ),
    // With one β, nothing is reached by the choice of it.
    ...(numbersOf(rows, 'beta').includes(0) ? [overBetaMap(findRows(rows, { at: 'kl-over-beta' }))] : []),
  ];
}

const numbersOf = (rows: readonly ExactRow[], key: 'length' | 'beta' | 'pairs' | 'flips'): number[] =>
  [...new Set(rows.map((row) => row[key]))].toSorted((a, b) => a - b);

function betaMap(rows: readonly ExactRow[], at: Comparison, shift: Shift): NamedChart {
  const [lengths, betas] = [numbersOf(rows, 'length'), numbersOf(rows, 'beta')];
  const middle = Math.floor((betas.length - 1) / 2);
  return mapChart(rows, {
    name: `exact-map-${at === 'steps' ? 'steps' : 'kl'}-${shift === 'none' ? 'd1' : shift}`,
    title: `AIS, α = 1/T, against DPO at ${comparisonTitles[at]}: ${shiftTitles[shift]}`,
    xTitle: `β = ${betas.join(', ')}, for each length T`,
    xLabels: lengths.flatMap((length) => betas.map((_, index) => (index === middle ? `T = ${length}` : ''))),
    place: (row) => lengths.indexOf(row.length) * betas.length + betas.indexOf(row.beta),
  });
}

function overBetaMap(rows: readonly ExactRow[]): NamedChart {
  const lengths = numbersOf(rows, 'length');
  return mapChart(rows, {
    name: 'exact-map-kl-over-beta',
    title: `AIS, α = 1/T, against DPO at ${comparisonTitles['kl-over-beta']}`,
    xTitle: `T = ${lengths.join(', ')}, for each origin of the pairs`,
    xLabels: shifts.flatMap((shift) =>
      lengths.map((_, index) => (index === 1 ? shiftTitles[shift].replace(', ', ',\n') : '')),
    ),
    place: (row) => shifts.indexOf(row.shift) * lengths.length + lengths.indexOf(row.length),
  });
}

function mapChart(
  rows: readonly ExactRow[],
  {
    name,
    title,
    xTitle,
    xLabels,
    place,
  }: {
    readonly name: string;
    readonly title: string;
    readonly xTitle: string;
    readonly xLabels: readonly string[];
    readonly place: (row: ExactRow) => number;
  },
): NamedChart {
  const label = ({ context, pairs, flips }: ExactRow): string =>
    `context ${context}, N ${pairs}, flips ${flips}`;
  const short = ({ context, pairs, flips }: ExactRow): string => `${context}, ${pairs}, ${flips}`;
  const yLabels = [...new Set(rows.map(short))].toReversed();
  const methods = effects.map(({ verdict, position }): ChartMethod => {
    const own = rows.filter((row) => row.verdict === verdict);
    return {
      name: effectTitles[verdict],
      position,
      points: own.map((row) => {
        const y = yLabels.indexOf(short(row));
        const beta = row.beta > 0 ? `, β ${row.beta}` : '';
        const description = `T ${row.length}, ${label(row)}${beta}: ${rowText(row, 'win')}`;
        return { x: place(row), y, low: y, high: y, end: false, description };
      }),
    };
  });
  const confidence = 'each look has the confidence that all looks together need';
  return {
    name,
    caption: `One mark per cell of the grid. Helps or hurts: the whole interval of the difference of win rates is above or below 0; no difference: it is within ±2 points; open: the seeds do not say. Sequential looks at the seeds, ${confidence}.`,
    chart: {
      title,
      xTitle,
      yTitle: 'context, pairs, and flips',
      xFormat: '',
      yFormat: '',
      xDomain: [-0.6, xLabels.length - 0.4],
      yDomain: [-0.6, yLabels.length - 0.4],
      xLabels,
      yLabels,
      methods,
      line: 'none',
      interval: 'none',
      description: `${title}: ${methods.map(({ name: effect, points }) => `${effect} in ${points.length}`).join(', ')} of ${rows.length} cells.`,
    },
  };
}
