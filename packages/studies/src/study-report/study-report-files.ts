import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readJson, writeJson, writeWhole } from '@ais/runtime/files';
import { type StudyCatalog, studyCatalog } from '../catalog/catalog.js';
import { loadStudy } from '../catalog/load-study.js';
import { chartCsv } from '../charts/chart-csv.js';
import type { SearchData } from '../collect/search-data.js';
import { runTitle } from '../data/run-title.js';
import { isExactStudy, isMixtureStudy, type PolicyStudyData, type StudyData } from '../data/study-data.js';
import { StudyError } from '../errors.js';
import { drawCharts } from './render-study-figures.js';
import { studyMarkdown } from './render-study-markdown.js';
import { studyReportPage } from './render-study-report.js';
import { reportCatalog } from './report-catalog.js';
import { viewStudies } from './study-view.js';

/**
 * The studies of a folder: of its `study.json`, else of that in each of its folders; in the order of the catalog.
 *
 * @throws {StudyError} if a study.json is of an older version
 * @throws {FileError} if it is damaged
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
  return inOrder(found.flatMap((study) => study ?? []));
}

/** Studies as the catalog has them, those from files last. */
export function inOrder(studies: readonly StudyData[]): StudyData[] {
  const names = studyCatalog().studies.map(({ name }) => name);
  const place = ({ study }: StudyData): number =>
    names.includes(study) ? names.indexOf(study) : names.length;
  return studies.toSorted((a, b) => place(a) - place(b));
}

/**
 * The definitions of what data are of: built-in studies, those that the data say were read from files, and training runs side by side.
 *
 * @throws {StudyError} `invalid-study` where such a file is not there any more
 */
async function catalogOf(studies: readonly StudyData[]): Promise<StudyCatalog> {
  const files = new Map(studies.flatMap(({ file, study }) => (file === undefined ? [] : [[file, study]])));
  for (const [file, study] of files) {
    if (existsSync(file)) continue;
    throw new StudyError(
      'invalid-study',
      `the study ${study} is defined in ${file}, which is not there. Name the file where it is now: ais report --allow path/to/${basename(file)}`,
    );
  }
  return reportCatalog(await Promise.all([...files.keys()].map(loadStudy)));
}

async function readStudy(path: string): Promise<StudyData | undefined> {
  let data = await readJson<StudyData>(path);
  if (data && !isFolderName(data.study)) {
    throw new StudyError(
      'invalid-data',
      `${path}: "study" must be a name of at most ${LONGEST_NAME} letters, digits, and - _ ., got ${JSON.stringify(data.study)}.`,
    );
  }
  if (!data || isMixtureStudy(data)) return data;
  if (data.file !== undefined) data = { ...data, file: resolve(dirname(path), data.file) };
  if (!isExactStudy(data) && !Array.isArray(data.runs)) {
    throw new StudyError('invalid-data', `${path} is not the data of a study: it has no "runs".`);
  }
  if (!data.stages || !(isExactStudy(data) || hasCurrentMethods(data))) {
    throw new StudyError(
      'invalid-data',
      `${path} was written by an older version. Run the study again: it reuses what its store holds.`,
    );
  }
  if (!isExactStudy(data)) requireFiniteKl(data, path);
  return data;
}

/** JSON has no NaN, and writes null: drawn, that would be a KL of 0. */
function requireFiniteKl({ runs }: PolicyStudyData, path: string): void {
  for (const run of runs) {
    const point = run.points.find(({ kl }) => !Number.isFinite(kl.mean));
    if (!point) continue;
    throw new StudyError(
      'invalid-data',
      `${path}: ${runTitle(run)}, seed ${run.seed}, has no KL at step ${point.step}: "kl.mean" is ${JSON.stringify(point.kl.mean)}. Leave that run out of "runs", or run the study again.`,
    );
  }
}

/** What every file system takes, in four bytes a character. */
const LONGEST_NAME = 60;

/** Whether a study's name can be that of a folder. */
function isFolderName(name: unknown): boolean {
  return (
    typeof name === 'string' && name.length <= LONGEST_NAME && /^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u.test(name)
  );
}

/** Whether the weights of methods are in the words of settings. */
function hasCurrentMethods({ runs }: { readonly runs: readonly { readonly method: object }[] }): boolean {
  return runs.every(({ method }) => {
    const { importance } = method as { readonly importance?: unknown };
    return typeof importance !== 'object' || importance === null || !('kind' in importance);
  });
}

/**
 * The search for the learning rate that a folder holds: in `search.json` or `search/search.json`.
 *
 * @throws {FileError} if the file is damaged
 */
export async function readSearch(folder: string): Promise<SearchData | undefined> {
  for (const path of [join(folder, 'search.json'), join(folder, 'search', 'search.json')]) {
    const search = await readJson<SearchData>(path);
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
  { search, catalog }: { readonly search?: SearchData | undefined; readonly catalog?: StudyCatalog } = {},
): Promise<string[]> {
  const inside = existsSync(join(directory, 'study.json'));
  const place = (study: string, file: string): string => (inside ? file : `${study}/${file}`);
  const figurePath = (study: string, figure: string): string => place(study, `${figure}.svg`);
  const views = viewStudies(studies, catalog ?? (await catalogOf(studies)));
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
