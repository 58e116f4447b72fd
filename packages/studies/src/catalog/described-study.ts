import { checkLayer, type Layer, objectiveFields, objectiveOptions, setting } from '@ais/pipeline/settings';
import { z } from 'zod';
import { alphaCharts } from '../charts/alpha-charts.js';
import { equalKlChart, peakChart } from '../charts/comparison-charts.js';
import { epochCharts } from '../charts/epoch-charts.js';
import { byData, byObjective, eachPanel, type Panel } from '../charts/panels.js';
import { tradeOffCharts } from '../charts/trade-off-charts.js';
import { trainingChart } from '../charts/training-charts.js';
import type { StudyClaim } from '../claims/study-claim.js';
import { type PolicyStudyData, type PreferenceData, preferenceData } from '../data/study-data.js';
import type { StudyRunSettings } from '../data/study-run-settings.js';
import { StudyError } from '../errors.js';
import { besideMeasure, measureNames, measureOf } from '../measures/named-measures.js';
import type { StudySweep } from '../measures/study-lines.js';
import { runConflict } from '../settings/run-conflict.js';
import type { DrawStudy, PolicyStudy } from '../study/study.js';
import { checkClaims } from './check-claims.js';

/** Draws the sweeps of a panel, or all of them. */
type DrawPanel = (
  study: PolicyStudyData,
  sweeps: readonly StudySweep[],
  panel?: Panel,
) => ReturnType<DrawStudy>;

/** A chart by its name. */
type ChartName = keyof typeof charts;

const charts = {
  epoch: epochCharts,
  'trade-off': tradeOffCharts,
  'equal-kl': equalKlChart,
  peak: peakChart,
  alpha: alphaCharts,
  'training-loss': (study, sweeps, panel) => trainingChart(study, sweeps, 'loss', panel),
  'effective-sample-size': (study, sweeps, panel) =>
    trainingChart(study, sweeps, 'effectiveSampleSize', panel),
  'mean-weight': (study, sweeps, panel) => trainingChart(study, sweeps, 'meanWeight', panel),
} as const satisfies Readonly<Record<string, DrawPanel>>;

const panels = { objective: byObjective, data: byData } as const;

const name = z.string().min(1);
const chartName = z.enum(Object.keys(charts) as [ChartName, ...ChartName[]]);
const several = <Item extends z.ZodType>(item: Item) => z.union([item, z.array(item).min(1)]);

const chart = z.union([
  chartName,
  z.strictObject({
    chart: chartName,
    by: setting(z.enum(['objective', 'data']), 'One panel for each.'),
  }),
]);

const claim = z
  .strictObject({
    statement: name,
    measure: z.enum(measureNames as [string, ...string[]]),
    of: setting(name, 'A method’s title.'),
    than: setting(name.optional(), 'Another one’s, of measures that compare two.'),
    data: z.enum(preferenceData).optional(),
    above: setting(z.number().optional(), 'Shown if the whole interval is above this.'),
    below: setting(z.number().optional(), 'Shown if the whole interval is below this.'),
    foundAfterwards: setting(z.literal(true).optional(), 'Made up after its number had been seen.'),
  })
  .refine(({ above, below }) => above !== undefined || below !== undefined, {
    message: 'expected above, below, or both',
  });

const run = z.strictObject({
  title: name,
  objective: objectiveFields.objective,
  objectiveOptions: objectiveOptions.optional(),
  importance: objectiveFields.importance,
  behavior: z.enum(['data', 'reference']).optional(),
  beta: several(z.number().positive()),
  data: several(z.enum(preferenceData)).default('D1'),
});

/** What a study may be called: its folder and its charts go by its name. */
export const STUDY_NAME: RegExp = /^[\w-]+$/;

const description = z.strictObject({
  name: z.string().regex(STUDY_NAME, 'letters, digits, hyphens, and underscores only'),
  title: name,
  kicker: name.optional(),
  claimant: name.optional(),
  runs: z.array(run).min(1),
  charts: z.array(chart).default(['epoch', 'trade-off']),
  claims: z.array(claim).default([]),
  settings: z.record(z.string(), z.unknown()).default({}),
});

/** A study as a file of YAML or JSON describes it. */
type Description = z.infer<typeof description>;

/**
 * The study that a description stands for.
 *
 * @param file that it is from, for messages
 * @throws {PipelineError} naming the file and the first thing that is wrong
 * @throws {StudyError} `invalid-study` for runs that cannot be told apart, claims about runs that it does not have, and charts that
 *   are drawn twice
 */
export function describedStudy(value: unknown, file: string): PolicyStudy {
  const {
    name: own,
    title,
    kicker,
    claimant,
    settings,
    ...rest
  } = checkLayer(value, description, file) as unknown as Description;
  const placed = rest.runs.flatMap((each, index) =>
    describedRuns(each).map((own) => ({ place: `runs[${index}]`, run: own })),
  );
  const runs = placed.map(({ run: each }) => each);
  const conflict = runConflict(runs, (index) => placed[index]?.place ?? '');
  if (conflict !== undefined) throw new StudyError('invalid-study', `${file}: ${conflict}`);
  checkClaims(rest.claims, [...runs, ...runsOfSettings(settings)], file);
  checkCharts(rest.charts, file);
  return {
    name: own,
    title,
    ...(kicker !== undefined && { kicker }),
    ...(claimant !== undefined && { claimant }),
    runs,
    charts: describedCharts(rest.charts),
    claims: rest.claims.map(describedClaim),
    settings: settings as Layer,
  };
}

/**
 * The JSON Schema of a study's file.
 *
 * @example
 * console.log(studyFileJsonSchema().required); // [ 'name', 'title', 'runs' ]
 */
export function studyFileJsonSchema(): Record<string, unknown> {
  return {
    title: 'A study of ais study',
    ...z.toJSONSchema(description.extend({ $schema: z.string().optional() }), { io: 'input' }),
  };
}

function describedRuns({
  beta,
  data,
  behavior,
  objectiveOptions,
  ...method
}: Description['runs'][number]): StudyRunSettings[] {
  const full = {
    ...method,
    ...(objectiveOptions && { objectiveOptions }),
    ...(behavior && { behavior }),
  };
  const sets: readonly PreferenceData[] = [data].flat();
  return sets.flatMap((set) =>
    [beta].flat().map((strength) => ({ method: full, beta: strength, data: set })),
  );
}

/** Runs that a file's settings name in place of its own. */
function runsOfSettings({ runs }: Description['settings']): StudyRunSettings[] {
  return Array.isArray(runs)
    ? runs.filter((each: Partial<StudyRunSettings> | null) => typeof each?.method?.title === 'string')
    : [];
}

/** Charts that are drawn twice would have one file. */
function checkCharts(requests: Description['charts'], file: string): void {
  const names = requests.map((request) => JSON.stringify(typeof request === 'string' ? [request] : request));
  for (const [index, request] of requests.entries()) {
    const place = `${file}: charts[${index}]`;
    if (names.indexOf(names[index] ?? '') < index)
      throw new StudyError('invalid-study', `${place}: the same chart is listed before. Remove one.`);
    if (typeof request !== 'string' && request.chart === 'alpha')
      throw new StudyError(
        'invalid-study',
        `${place}.by: the chart alpha shows all fixed α of DPO together. Leave out by.`,
      );
  }
}

function describedCharts(requests: Description['charts']): DrawStudy {
  return (study, sweeps) =>
    requests.flatMap((request) => {
      const draw: DrawPanel = charts[typeof request === 'string' ? request : request.chart];
      if (typeof request === 'string') return draw(study, sweeps);
      return eachPanel(sweeps, panels[request.by], (own, panel) => draw(study, own, panel));
    });
}

function describedClaim({
  statement,
  measure,
  foundAfterwards,
  above,
  below,
  ...about
}: Description['claims'][number]): StudyClaim {
  const { of, than, data } = about;
  const query = { of, ...(than !== undefined && { than }), ...(data && { data }) };
  return {
    statement,
    number: (study) => measureOf(measure, study, query),
    bound: { ...(above !== undefined && { above }), ...(below !== undefined && { below }) },
    beside: (study) => besideMeasure(study, query),
    ...(foundAfterwards && { foundAfterwards }),
  };
}
