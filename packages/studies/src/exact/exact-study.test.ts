import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { presetOf } from '../../test/preset-of.js';
import { configureStudies } from '../configuration/study-configuration.js';
import { type ExactStudyData, isExactStudy, type StudyData } from '../data/study-data.js';
import { describeStudies } from '../plan/describe-plan.js';
import { planExact } from '../plan/exact-plan.js';
import { redrawReport } from '../run/redraw-report.js';
import { type RunStudiesOptions, runStudies } from '../run/run-studies.js';
import type { ExactStudySettings } from '../settings/exact-settings.js';
import { isExactSettings, parseStudySettings, type StudySettings } from '../settings/study-settings.js';
import { studySummary } from '../study-report/study-summary.js';
import { viewStudies } from '../study-report/study-view.js';
import { exactRows } from './exact-row.js';

let folder: string;
let first: ExactStudyData;
const tiny = exactSettings({ grid: true }, [2, 4]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-exact-'));
  first = await run();
});
afterAll(() => rm(folder, { recursive: true }));

function exactSettings(
  design: Partial<ExactStudySettings['exact']>,
  looks?: readonly number[],
): ExactStudySettings {
  const preset = presetOf('exact', looks ? { seeds: looks } : {});
  if (!isExactSettings(preset)) throw new Error('exact has settings of its own.');
  return { ...preset, exact: { ...preset.exact, ...design } };
}

async function run(options: Partial<RunStudiesOptions> = {}): Promise<ExactStudyData> {
  const [data] = await runStudies({
    studies: [tiny],
    store: join(folder, 'store'),
    out: join(folder, 'out'),
    backend: { backend: 'cpu' },
    ...options,
  });
  return exactOnly(data);
}

function exactOnly(data: StudyData | undefined): ExactStudyData {
  if (!data || !isExactStudy(data)) throw new Error('exact has data of its own.');
  return data;
}

describe('the exact study', () => {
  test('has main effects at all seeds, and a grid that looks several times', () => {
    const rows = exactRows(first.exact);
    const main = rows.filter(({ part }) => part === 'main');
    const grid = rows.filter(({ part }) => part === 'grid');
    expect(new Set(main.map(({ seeds }) => seeds))).toEqual(new Set([4]));
    expect(new Set(grid.map(({ seeds }) => seeds))).toEqual(new Set([2, 4]));
    // Shift is varied at the base only.
    const { length, context, pairs, flips } = first.base;
    const atBase = main.filter(
      (row) => row.length === length && row.context === context && row.pairs === pairs && row.flips === flips,
    );
    expect(new Set(atBase.map(({ shift }) => shift))).toEqual(new Set(['none', 'unknown', 'known']));
    expect(main.filter((row) => !atBase.includes(row)).every(({ shift }) => shift === 'none')).toBe(true);
  });

  test('resumes from what its store holds, and gives the same', async () => {
    const standing: [number, number][] = [];
    const again = await run({ onStages: ({ finished, total }) => standing.push([finished, total]) });
    expect(again.exact).toEqual(first.exact);
    expect(standing[0]).toEqual([21, 21]);
    expect(planExact(tiny)).toHaveLength(5 + 2 * 2 * 2 * 2);
    const plan = await describeStudies({
      studies: [tiny],
      store: join(folder, 'store'),
      backend: 'cpu',
      processes: 1,
    });
    expect(plan.stages.every(({ state }) => state === 'finished')).toBe(true);
    expect(plan.stages[0]?.title).toBe('exact, main, T 3, context 1, N 40, flips 0');
  });

  test('writes data, a report, and figures, which ais report draws again', async () => {
    const files = await readdir(join(folder, 'out', 'exact'));
    for (const file of ['study.json', 'cells.csv', 'exact-decomposition-kl.svg', 'exact-map-kl-d1.csv'])
      expect(files).toContain(file);
    const csv = await readFile(join(folder, 'out', 'exact', 'cells.csv'), 'utf8');
    expect(csv.split('\n')).toHaveLength(first.exact.rows.length + 2);
    expect(csv).not.toMatch(/NaN|undefined|Infinity/);
    const report = await readFile(join(folder, 'out', 'report.html'), 'utf8');
    for (const text of ['reweighting alone', 'The decomposition at T = 3', 'The map in numbers'])
      expect(report).toContain(text);
    const page = await readFile(join(folder, 'out', 'README.md'), 'utf8');
    expect(page).toContain('The map in numbers');
    await redrawReport([join(folder, 'out')]);
    expect(await readFile(join(folder, 'out', 'report.html'), 'utf8')).toBe(report);
  });

  test('every chart has numbers, words, and a domain; every claim whose worlds were run has a verdict', () => {
    const [view] = viewStudies([first]);
    expect(new Set(view!.charts.map(({ name }) => name)).size).toBe(view!.charts.length);
    expect(view!.charts).toHaveLength(3 + 6 * 2 + 2 * 3 + 1);
    for (const { name, chart, caption } of view!.charts) {
      expect(name.startsWith('exact-')).toBe(true);
      expect(`${caption} ${chart.description} ${chart.title}`).not.toMatch(/NaN|undefined|Infinity/);
      expect(chart.methods.flatMap(({ points }) => points).length).toBeGreaterThan(0);
      for (const { x, y, low, high } of chart.methods.flatMap(({ points }) => points)) {
        expect([x, y, low, high].every(Number.isFinite)).toBe(true);
        expect(x).toBeGreaterThan(chart.xDomain[0]);
        expect(x).toBeLessThan(chart.xDomain[1]);
      }
    }
    const claims = view!.claims.map(({ claim }) => claim);
    expect(claims.length).toBeGreaterThan(10);
    for (const { measured, seeds } of claims) {
      expect(seeds).toEqual([1, 2, 3, 4]);
      expect(measured[0]?.interval?.method).toBe('over 4 seeds, t');
    }
    expect(studySummary(first)).toContain('step size alone');
  });

  test('a study that is not finished shows what is', () => {
    const rows = first.exact.rows.filter((row) => row[0] === 0);
    const [view] = viewStudies([{ ...first, exact: { ...first.exact, rows } }]);
    expect(view!.charts).toHaveLength(3 + 6 * 2);
    expect(view!.tables).toHaveLength(1);
  });

  test('all of the spec’s factors are in the whole grid', () => {
    const settings = presetOf('exact', { scale: 'paper' }) as ExactStudySettings;
    const grid = planExact(settings).filter(({ part }) => part === 'grid');
    expect(grid).toHaveLength(4 * 3 * 2 * 2);
    expect(settings.exact.levels.betas).toHaveLength(6);
    expect(settings.looks?.at(-1)).toBe(settings.seeds.length);
  });

  test('seeds 4 to 6 are those from the fourth on, and no copy of the first three', async () => {
    const at = (seeds: readonly number[], firstSeed?: number): Promise<ExactStudyData> => {
      const settings = exactSettings(firstSeed === undefined ? {} : { firstSeed });
      return run({
        studies: [{ ...settings, seeds }],
        out: join(folder, `seeds-${seeds.join('-')}-${firstSeed}`),
      });
    };
    const later = await at([4, 5, 6]);
    expect(later.seeds).toEqual([4, 5, 6]);
    expect(later.exact).toEqual((await at([1, 2, 3], 4)).exact);
    expect(later.exact).not.toEqual((await at([1, 2, 3])).exact);
  });

  test('a base between the levels of β has its table and its claims', async () => {
    const { base } = tiny.exact;
    const settings = exactSettings({ base: { ...base, beta: 0.05 } });
    const [view] = viewStudies([await run({ studies: [settings], out: join(folder, 'between') })]);
    const [usual] = viewStudies([first]);
    expect(view!.tables[0]?.rows).toHaveLength(usual!.tables[0]!.rows.length);
    expect(view!.claims).toHaveLength(usual!.claims.length);
  });

  test('settings are checked, and --set reaches them', async () => {
    const wrong = { ...tiny, exact: { ...tiny.exact, vocabulary: 1 } };
    expect(() => parseStudySettings(wrong as unknown as Record<string, unknown>)).toThrow('exact.vocabulary');
    const { settings, commands } = await configureStudies(
      { name: 'exact', assignments: ['exact.levels.betas=[0.5]'] },
      join(folder, 'store'),
    );
    expect((settings[0] as StudySettings & ExactStudySettings).exact.levels.betas).toEqual([0.5]);
    expect(commands['exact']).toBe("ais study exact --scale tiny --seeds 6 --set 'exact.levels.betas=[0.5]'");
  });
});
