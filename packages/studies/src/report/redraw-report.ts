import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readDemoReport, writeDemoReport, writeDemoResults } from '../demo/report-files.js';
import { RunDirectoryError } from '../demo/run-directory-error.js';
import { type SearchData, writeSearch } from '../study/search-data.js';
import type { StudyData } from '../study/study-data.js';
import { writeStudyData } from '../study/write-study-data.js';
import {
  inOrderOfPaper,
  readSearch,
  readStudies,
  writeStudyReport,
} from '../study-report/study-report-files.js';
import { writeTrainingReport } from '../training/training-report.js';

/**
 * Draws the report of what folders hold again: studies, a demo run, or a training run.
 *
 * @param folders one folder with the data; or several, all of studies or of a search, whose report goes to `out`
 * @param out where to write instead; of studies their data go there too, of a demo run its results as Markdown and figures
 * @returns the paths written
 * @throws {RunDirectoryError} if a folder holds none of them, if two hold the same study, or if there are several and no `out`
 */
export async function redrawReport(folders: readonly string[], out?: string): Promise<string[]> {
  const [folder, ...others] = folders;
  if (folder === undefined) return [];
  const first = await readStudies(folder);
  if (others.length > 0) return redrawTogether(folders, out);
  if (first.length > 0) return redrawStudies(first, await readSearch(folder), folder, out);
  if (existsSync(join(folder, 'report.json'))) {
    const data = await readDemoReport(folder);
    return out === undefined ? [await writeDemoReport(folder, data)] : writeDemoResults(out, data);
  }
  if (existsSync(join(folder, 'metrics.jsonl'))) return [await writeTrainingReport(folder, out)];
  throw nothingIn(folder);
}

async function redrawTogether(folders: readonly string[], out: string | undefined): Promise<string[]> {
  if (out === undefined) {
    throw new RunDirectoryError(
      '@ais/studies: the report of several folders needs a folder of its own; give it with --out.',
    );
  }
  const origins = new Map<string, string>();
  const studies: StudyData[] = [];
  let search: SearchData | undefined;
  for (const folder of folders) {
    const found = await readStudies(folder);
    const searched = await readSearch(folder);
    if (found.length === 0 && !searched) throw nothingIn(folder);
    search ??= searched;
    for (const data of found) {
      const other = origins.get(data.study);
      if (other !== undefined) {
        throw new RunDirectoryError(
          `@ais/studies: ${data.study} is both in ${other} and in ${folder}; leave one of them out.`,
        );
      }
      origins.set(data.study, folder);
      studies.push(data);
    }
  }
  return redrawStudies(inOrderOfPaper(studies), search, out, out);
}

async function redrawStudies(
  studies: readonly StudyData[],
  search: SearchData | undefined,
  folder: string,
  out: string | undefined,
): Promise<string[]> {
  if (out === undefined) return writeStudyReport(folder, studies, { search });
  for (const data of studies) await writeStudyData(join(out, data.study), data);
  if (search) await writeSearch(join(out, 'search'), search);
  return writeStudyReport(out, studies, { search });
}

function nothingIn(folder: string): RunDirectoryError {
  return new RunDirectoryError(
    `@ais/studies: ${folder} holds no finished run: there is no study.json in it or in its folders, no report.json, and no metrics.jsonl. ` +
      'Give the folder of a study, a demo run or a training run.',
  );
}
