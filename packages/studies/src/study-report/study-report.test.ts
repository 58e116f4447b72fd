import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeJson } from '@ais/runtime/files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleMixtureStudy, examplePolicyStudy } from '../../test/example-study-data.js';
import { builtInStudies } from '../catalog/catalog.js';
import { type SearchData, writeSearch } from '../collect/search-data.js';
import type { Claim, PolicyStudyData, StudyData } from '../data/study-data.js';
import { redrawReport } from '../run/redraw-report.js';
import { trainsPolicies } from '../study/study.js';
import { renderStudyFigures } from './render-study-figures.js';
import { renderStudyMarkdown } from './render-study-markdown.js';
import { renderStudyReport } from './render-study-report.js';
import { readSearch, readStudies, writeStudyReport } from './study-report-files.js';
import { viewStudies } from './study-view.js';

const small = { prompts: 40, evaluations: 4, seeds: [1, 2] };
const [fig4, fig10, fig12] = (['fig4', 'fig10', 'fig12'] as const).map((name) =>
  examplePolicyStudy(name, small),
) as [PolicyStudyData, PolicyStudyData, PolicyStudyData];
const studyCharts = (study: StudyData) => viewStudies([study]).flatMap(({ charts }) => charts);
const studyClaims = (studies: readonly StudyData[]): Claim[] =>
  viewStudies(studies).flatMap(({ claims }) => claims.map(({ claim }) => claim));
const trainedStudies = builtInStudies.filter(trainsPolicies).map(({ name }) => name);

describe('the charts of a study', () => {
  test.each(trainedStudies)(
    '%s: every value is a number, every chart has its name, its words and its lengths',
    (name) => {
      const charts = studyCharts(examplePolicyStudy(name, small));
      expect(new Set(charts.map((chart) => chart.name)).size).toBe(charts.length);
      for (const { name: file, chart, caption } of charts) {
        expect(file.startsWith(name)).toBe(true);
        expect(`${caption} ${chart.description} ${chart.title}`).not.toMatch(/NaN|undefined|Infinity/);
        for (const { points } of chart.methods) {
          for (const { x, y, low, high } of points)
            expect([x, y, low, high].every(Number.isFinite)).toBe(true);
        }
        expect(chart.xDomain[0]).toBeLessThan(chart.xDomain[1]);
        expect(chart.yDomain[0]).toBeLessThan(chart.yDomain[1]);
      }
      // Collapse shows in the lengths.
      const winRates = charts.some(({ name: file }) => file.includes('win-rate'));
      if (winRates) expect(charts.some(({ name: file }) => file.includes('length'))).toBe(true);
    },
  );

  test('a band of one seed says that it leaves the luck of training out', () => {
    const captions = (seeds: number[]) =>
      studyCharts(examplePolicyStudy('fig3', { ...small, seeds })).map(({ caption }) => caption);
    expect(captions([1])[0]).toContain(
      'over the 40 prompts of one seed; the luck of training is not in them',
    );
    expect(captions([1, 2])[0]).toContain('over 2 seeds and 40 prompts');
  });

  test('a study without a finished run has no figure', () => {
    expect(studyCharts({ ...fig12, runs: [] })).toEqual([]);
  });
});

describe('renderStudyFigures', () => {
  test('draws pictures that stand alone, the same each time', async () => {
    const figures = await renderStudyFigures(fig12);
    expect(Object.keys(figures)).toEqual([
      'fig12-win-rate-against-kl',
      'fig12-frontier',
      'fig12-length-against-kl',
      'fig12-difference-at-equal-kl',
    ]);
    for (const svg of Object.values(figures)) {
      expect(svg).toMatch(/^<svg xmlns[^>]+ role="img" aria-label="[^"]{40,}"/);
      expect(svg).not.toMatch(/var\(|href=|<image|<script|NaN|undefined/);
      expect(svg).toContain('<title>AIS-DPO');
    }
    expect(await renderStudyFigures(fig12)).toEqual(figures);
  });

  test('fig1 draws both losses with their correlations', async () => {
    const figures = await renderStudyFigures(exampleMixtureStudy());
    expect(figures['fig1-unweighted-loss-against-kl']).toContain('loss against KL: r = 0.20');
    expect(figures['fig1-weighted-loss-against-kl']).toContain('loss against KL: r = 0.85');
  });
});

describe('renderStudyReport', () => {
  let page: string;
  beforeAll(async () => {
    page = (await renderStudyReport([fig12])).replaceAll('\u00a0', ' ');
  });

  test('is one page that loads nothing and runs no script but its own', () => {
    expect(page).toMatch(/default-src 'none'; script-src 'sha256-[\w+/=]+';/);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/<iframe|<img|@import|url\((?!#)|(?:src|href)="(?!data:,|#)/);
    expect(page).not.toMatch(/NaN|\[object/);
  });

  test('shows each claim with its verdict and reason, the command, seeds, versions, time and gold models', () => {
    for (const { statement, verdict, reason } of studyClaims([fig12])) {
      expect(page).toContain(`The paper: ${statement}`);
      expect(page).toContain(verdict);
      expect(page).toContain(reason.replaceAll('\u00a0', ' '));
    }
    for (const text of [fig12.command, 'node', '20.20.2', 'gold model', '74.0 % of 460', '1, 2', 'wasm'])
      expect(page).toContain(text);
    expect(page).toContain('(empty)');
  });

  test('has a toggle for each method, whose marks carry its class', () => {
    for (const position of [0, 1, 2]) {
      expect(page).toContain(`<input type="checkbox" value="${position}" checked`);
      expect(page).toContain(`class="method_${position}_"`);
      expect(page).toContain(`data-method="${position}"`);
    }
  });

  test('what models write and files hold cannot break out of the page', async () => {
    const evil = '</p><script>alert(1)</script><img src=x onerror=alert(1)>" style="';
    const runs = fig12.runs.map((run) =>
      run.method.title === 'RPO' ? { ...run, method: { ...run.method, title: evil } } : run,
    );
    const samples = [
      { prompt: evil, reference: { text: evil }, responses: [{ method: 'SFT', text: evil, reward: 0 }] },
    ];
    const found = await renderStudyReport([
      { ...fig12, runs, samples, command: evil, source: evil, settings: { [evil]: evil } },
    ]);
    expect(found.match(/<script/g)).toHaveLength(1);
    expect(found).not.toContain('<img');
  });

  test('says where there is no verdict', async () => {
    const runs = fig12.runs.filter(({ method }) => method.objective === 'rpo');
    expect(await renderStudyReport([{ ...fig12, runs }])).toContain('No verdict');
  });
});

describe('files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ais-study-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const place = async (name: string, studies: readonly StudyData[]): Promise<string> => {
    for (const study of studies) await writeJson(join(folder, name, study.study, 'study.json'), study);
    return join(folder, name);
  };

  test('a folder of studies is read in the order of the paper, and written as a page, figures, claims and Markdown', async () => {
    const directory = await place('several', [fig10, fig4]);
    const studies = await readStudies(directory);
    expect(studies.map(({ study }) => study)).toEqual(['fig4', 'fig10']);
    const written = await writeStudyReport(directory, studies);
    expect(written[0]).toBe(join(directory, 'report.html'));
    expect((await readdir(directory)).toSorted()).toEqual([
      'README.md',
      'claims.json',
      'fig10',
      'fig4',
      'report.html',
    ]);
    expect(JSON.parse(await readFile(join(directory, 'claims.json'), 'utf8'))).toEqual(studyClaims(studies));
    const markdown = await readFile(join(directory, 'README.md'), 'utf8');
    for (const [, path] of markdown.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) {
      expect(written).toContain(join(directory, path ?? ''));
    }
  });

  test('a study’s own folder holds its figures beside its data', async () => {
    const directory = join(await place('one', [fig10]), 'fig10');
    const [study] = await readStudies(directory);
    const written = await writeStudyReport(directory, [study as PolicyStudyData]);
    expect(written).toContain(join(directory, 'fig10-loss.svg'));
  });

  test('the search for the learning rate is on the page of the studies beside it, and goes where they go', async () => {
    const directory = await place('searched', [fig10]);
    const rate = {
      learningRate: 5e-5,
      seed: 1,
      start: 0.33,
      peak: 0.4,
      end: 0.3,
      peakFraction: 0.4,
      fall: 0.1,
    };
    const found: SearchData = {
      scale: 'small',
      source: 'debian',
      beta: 0.01,
      command: 'ais study search',
      backend: 'native',
      versions: {},
      settings: {},
      rates: [
        {
          ...rate,
          overOptimizes: true,
          squareRootKl: 1.7,
          startLength: 9,
          endLength: 4,
          lengthCollapsed: true,
        },
      ],
    };
    await writeSearch(join(folder, 'search'), found);
    const out = join(folder, 'together');
    await redrawReport([join(directory, 'fig10'), join(folder, 'search')], out);
    const markdown = (await readFile(join(out, 'README.md'), 'utf8')).replaceAll('\u00a0', ' ');
    expect(markdown).toContain(
      '| 0.00005 | 1 | 33.0 % | 40.0 % | 30.0 % | 40 % of training | +10.0 points | 1.70 | 9.0 to 4.0 | over-optimizes, lengths collapse |',
    );
    expect(await readSearch(out)).toEqual(found);
    const drawn = await redrawReport([out]);
    expect(drawn).toContain(join(out, 'README.md'));
    expect((await readFile(join(out, 'README.md'), 'utf8')).replaceAll('\u00a0', ' ')).toBe(markdown);
  });

  test.each([null, true, 0, '../elsewhere', 'x'.repeat(300)])(
    'a study cannot be called %j',
    async (study) => {
      const directory = await place('called', [fig10]);
      await writeJson(join(directory, 'fig10', 'study.json'), { ...fig10, study });
      await expect(redrawReport([directory], join(folder, 'redrawn'))).rejects.toMatchObject({
        code: 'invalid-data',
        message: expect.stringContaining('"study" must be a name of at most 60 letters'),
      });
    },
  );

  test('a folder without studies has none, and other data are refused', async () => {
    expect(await readStudies(join(folder, 'nowhere'))).toEqual([]);
    await writeFile(join(folder, 'study.json'), '{"study":"search"}');
    await expect(readStudies(folder)).rejects.toThrow(
      /study\.json is not the data of a study: it has no "runs"/,
    );
  });
});

describe('renderStudyMarkdown', () => {
  test('has verdicts, commands, machine time and tables whose cells keep their bars', () => {
    const markdown = renderStudyMarkdown([examplePolicyStudy('fig9', small)]);
    expect(markdown).toContain('`ais study fig9 --scale tiny --seeds 2`');
    expect(markdown).toMatch(/\| fig9 \| `[^`]+` \| 1, 2 \| wasm \| \d+ h \d+ min \|/);
    for (const line of markdown.split('\n').filter((text) => text.startsWith('| ')))
      expect(line.split(/(?<!\\)\|/).length).toBeGreaterThan(3);
    expect(markdown).toContain('AIS-DPO, α = 1/√\\|y\\|');
  });

  test('has where runs start, what decides them, and what the policies answer', () => {
    const study = examplePolicyStudy('fig12', small);
    const runs = study.runs.map((run) =>
      run.method.title === 'RPO'
        ? { ...run, method: { ...run.method, objectiveOptions: { eta: 0.005 } } }
        : run,
    );
    const markdown = renderStudyMarkdown([{ ...study, runs }]).replaceAll('\u00a0', ' ');
    expect(markdown).toMatch(/\| SFT \| – \| \d+\.\d % \|/);
    expect(markdown).toContain('| options of RPO | eta 0.005 |');
    expect(markdown).toContain('| policy | 0.12 million parameters |');
    expect(markdown).toContain('10 % of the prompts truncated');
    expect(markdown).toMatch(/\| DPO, β = 0\.01 \| development files .* \(0\.\d+\) \|/);
    expect(markdown).not.toContain('DPO, β = 0.05 | development');
  });

  test('counts the stages that studies share once', () => {
    const markdown = renderStudyMarkdown([
      examplePolicyStudy('fig3', small),
      examplePolicyStudy('fig7', small),
    ]);
    // Eight runs of 180 s and the gold model.
    expect(markdown).toContain('All 9 stages together took 45 min 40 s');
  });
});
