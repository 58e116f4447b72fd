import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { requireAllowed } from '@ais/pipeline';
import { isStudyFile, loadStudy } from '../catalog/load-study.js';
import { type FoundStudy, mergeStudies } from '../collect/merge-studies.js';
import { type SearchData, writeSearch } from '../collect/search-data.js';
import { writeStudyData } from '../collect/write-study-data.js';
import type { StudyData } from '../data/study-data.js';
import { StudyError } from '../errors.js';
import { drawnFrom } from '../report/drawn-from.js';
import { inOrder, readSearch, readStudies, writeStudyReport } from '../study-report/study-report-files.js';
import { compareRuns } from '../training-runs/compare-runs.js';
import { writeTrainingReport } from '../training-runs/training-report.js';

/**
 * Draws the report of what folders hold again: of studies, of a training run, or of training runs side by side. A study of which
 * several folders hold different seeds becomes one.
 *
 * @param folders one folder with the data; or several, all of studies or of a search, or all of runs of `ais train`, whose
 *   report goes to `out`
 * @param out where to write instead; of studies their data go there too
 * @param allow files of the user's own studies that may be run: the folder of a stranger names whichever it likes. One of a study whose
 *   own file is elsewhere takes its place
 * @returns the paths written
 * @throws {StudyError} if a folder holds none of them, if two hold a study with unlike settings or numbers or unlike searches, or if there
 *   are several and no `out`
 * @example
 * const paths = await redrawReport([studyFolder], 'redrawn');
 * console.log(paths.some((path) => path.endsWith('report.html'))); // true
 */
export function redrawReport(
  folders: readonly string[],
  out?: string,
  allow: readonly string[] = [],
): Promise<string[]> {
  return drawnFrom(folders.join(', '), () => redraw(folders, out, allow));
}

async function redraw(
  folders: readonly string[],
  out: string | undefined,
  allow: readonly string[],
): Promise<string[]> {
  const [folder, ...others] = folders;
  if (folder === undefined) return [];
  if (folders.every(isTrainingRun)) {
    return others.length === 0 ? [await writeTrainingReport(folder, out)] : compareTogether(folders, out);
  }
  if (others.length > 0) return redrawTogether(folders, out, allow);
  const studies = await readAllowed(folder, allow);
  if (studies.length > 0) return redrawStudies(studies, await readSearch(folder), folder, out);
  throw nothingIn(folder);
}

/** The studies of a folder, those of files with the file that was named for them, or with their own, if that may be run. */
async function readAllowed(folder: string, allow: readonly string[]): Promise<StudyData[]> {
  const studies = await readStudies(folder);
  if (studies.every(({ file }) => file === undefined)) return studies;
  const named = new Map<string, string>();
  for (const file of allow.filter((each) => isStudyFile(each) && existsSync(each)))
    named.set((await loadStudy(file)).name, resolve(file));
  const found = studies.map((data) => {
    const file = named.get(data.study);
    return data.file === undefined || file === undefined ? data : { ...data, file };
  });
  requireAllowed(
    folder,
    found.map(({ file }) => (file === undefined ? {} : { file })),
    [...allow, ...named.values()],
  );
  return found;
}

/**
 * Whether a folder is that of a training run.
 *
 * @example
 * console.log(isTrainingRun('runs/missing')); // false
 */
export function isTrainingRun(folder: string): boolean {
  return existsSync(join(folder, 'metrics.jsonl'));
}

async function compareTogether(folders: readonly string[], out: string | undefined): Promise<string[]> {
  const place = required(out);
  const data = await compareRuns(folders, place);
  await writeStudyData(place, data);
  return writeStudyReport(place, [data]);
}

async function redrawTogether(
  folders: readonly string[],
  out: string | undefined,
  allow: readonly string[],
): Promise<string[]> {
  const place = required(out);
  await requireNoRuns(folders);
  const found = new Map<string, FoundStudy>();
  let search: FoundSearch | undefined;
  for (const folder of folders) {
    const own = await readAllowed(folder, allow);
    const searched = await readSearch(folder);
    if (own.length === 0 && !searched) throw nothingIn(folder);
    if (searched) search = sameSearch(search, { data: searched, folder });
    for (const data of own) {
      const other = found.get(data.study);
      found.set(
        data.study,
        other ? { ...other, data: mergeStudies(other, { data, folder }) } : { data, folder },
      );
    }
  }
  const studies = [...found.values()].map(({ data }) => data);
  return redrawStudies(inOrder(studies), search?.data, place, place);
}

/** A search with where it was found. */
interface FoundSearch {
  readonly data: SearchData;
  readonly folder: string;
}

/** One search in two folders. The win rates that another one's falls come from are not kept, so that two cannot become one. */
function sameSearch(known: FoundSearch | undefined, found: FoundSearch): FoundSearch {
  if (!known) return found;
  const [own, other] = [known, found].map(
    ({ data: { command: _, backend: __, versions: ___, ...result } }) => result,
  );
  if (isDeepStrictEqual(own, other)) return known;
  throw new StudyError(
    'another-study',
    `${known.folder} and ${found.folder} hold different searches for the learning rate. Leave one of them out.`,
  );
}

async function redrawStudies(
  studies: readonly StudyData[],
  search: SearchData | undefined,
  folder: string,
  out: string | undefined,
): Promise<string[]> {
  if (out === undefined) return writeStudyReport(folder, studies, { search });
  if (existsSync(join(out, 'study.json'))) {
    throw new StudyError(
      'nothing-to-report',
      `${out} is the folder of a study, whose study.json would contradict what is written around it. Give another folder with --out.`,
    );
  }
  for (const data of studies) await writeStudyData(join(out, data.study), data);
  if (search) await writeSearch(join(out, 'search'), search);
  return writeStudyReport(out, studies, { search });
}

/** @throws {StudyError} `nothing-to-report` where some folders are of training runs and others of studies */
async function requireNoRuns(folders: readonly string[]): Promise<void> {
  const run = folders.find(isTrainingRun);
  if (run === undefined) return;
  for (const folder of folders.filter((each) => !isTrainingRun(each))) {
    const isOfStudies = (await readStudies(folder)).length > 0 || (await readSearch(folder)) !== undefined;
    if (!isOfStudies) throw nothingIn(folder);
    throw new StudyError(
      'nothing-to-report',
      `${run} is a training run, and ${folder} holds a study: one report cannot have both. Give only runs, or only studies.`,
    );
  }
}

function required(out: string | undefined): string {
  if (out !== undefined) return out;
  throw new StudyError(
    'nothing-to-report',
    'the report of several folders needs a folder of its own. Give one with --out.',
  );
}

function nothingIn(folder: string): StudyError {
  return new StudyError(
    'nothing-to-report',
    `${folder} holds no finished run: neither it nor its folders have a study.json or a metrics.jsonl. ` +
      'Give the folder of a study or of a training run.',
  );
}
