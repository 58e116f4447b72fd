import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RunDirectoryError } from '../demo/run-directory-error.js';
import { readJson, writeJson, writeWhole } from '../durable-json.js';
import type { SearchData } from '../study/search-data.js';
import type { StudyData } from '../study/study-data.js';
import { chartCsv } from './chart-csv.js';
import { drawCharts } from './render-study-figures.js';
import { studyMarkdown } from './render-study-markdown.js';
import { studyReportPage } from './render-study-report.js';
import { studyTitles } from './study-titles.js';
import { viewStudies } from './study-view.js';

/**
 * The studies of a folder: of its `study.json`, else of that in each of its folders; in the order of the paper.
 *
 * @throws {RunDirectoryError} if a study.json is damaged, holds no study, or is of an older version
 */
export async function readStudies(folder: string): Promise<StudyData[]> {
  const own = await readStudy(join(folder, 'study.json'));
  if (own) return [own];
  const entries = existsSync(folder) ? await readdir(folder, { withFileTypes: true }) : [];
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => readStudy(join(folder, name, 'study.json'))),
  );
  return inOrderOfPaper(found.flatMap((study) => study ?? []));
}

/** Studies as the paper has them, those beyond it last. */
export function inOrderOfPaper(studies: readonly StudyData[]): StudyData[] {
  const order = Object.keys(studyTitles);
  return studies.toSorted((a, b) => order.indexOf(a.study) - order.indexOf(b.study));
}

async function readStudy(path: string): Promise<StudyData | undefined> {
  const data = await readWhole<StudyData>(path);
  if (data && !Object.hasOwn(studyTitles, String(data.study))) {
    throw new RunDirectoryError(
      `@ais/studies: ${path} is not the data of a study: "study" is ${JSON.stringify(data.study)}. Run the study again.`,
    );
  }
  if (data && data.study !== 'fig1' && !data.stages) {
    throw new RunDirectoryError(
      `@ais/studies: ${path} does not say which stages the study rests on; an older version wrote it. Run the study again: what its ` +
        'store holds is found there.',
    );
  }
  return data;
}

async function readWhole<Data>(path: string): Promise<Data | undefined> {
  try {
    return await readJson<Data>(path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RunDirectoryError(
      `@ais/studies: ${path} is not JSON (${error.message}); it was damaged after it was written. Run the study again.`,
    );
  }
}

/**
 * The search for the learning rate that a folder holds: in `search.json` or `search/search.json`.
 *
 * @throws {RunDirectoryError} if the file is damaged
 */
export async function readSearch(folder: string): Promise<SearchData | undefined> {
  for (const path of [join(folder, 'search.json'), join(folder, 'search', 'search.json')]) {
    const search = await readWhole<SearchData>(path);
    if (search) return search;
  }
  return undefined;
}

/**
 * Writes what studies showed: `report.html`, `README.md`, `claims.json`, and the figures as SVG with what they draw as CSV,
 * beside the data of their study: in a folder of its name, or in the directory itself where that holds its `study.json`.
 *
 * Each file is written whole or not at all, and only once all of them are drawn.
 *
 * @param options `search`: the search for the learning rate, for the Markdown page
 * @returns the paths written, the page first
 */
export async function writeStudyReport(
  directory: string,
  studies: readonly StudyData[],
  { search }: { readonly search?: SearchData | undefined } = {},
): Promise<string[]> {
  const inside = existsSync(join(directory, 'study.json'));
  const place = (study: string, file: string): string => (inside ? file : `${study}/${file}`);
  const figurePath = (study: string, figure: string): string => place(study, `${figure}.svg`);
  const views = viewStudies(studies);
  const files: [string, string][] = [
    ['report.html', await studyReportPage(views)],
    ['README.md', studyMarkdown(views, { figurePath, search })],
  ];
  for (const { study, charts } of views) {
    const figures = Object.entries(await drawCharts(charts));
    files.push(...figures.map(([name, svg]): [string, string] => [figurePath(study.study, name), svg]));
    for (const { name, chart } of charts) files.push([place(study.study, `${name}.csv`), chartCsv(chart)]);
  }
  for (const [file, content] of files) await writeWhole(join(directory, file), content);
  const claims = join(directory, 'claims.json');
  await writeJson(
    claims,
    views.flatMap((view) => view.claims.map(({ claim }) => claim)),
  );
  return [...files.map(([file]) => join(directory, file)), claims];
}
