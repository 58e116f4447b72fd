import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readDemoReport, writeDemoReport, writeDemoResults } from '../demo/report-files.js';
import { RunDirectoryError } from '../demo/run-directory-error.js';
import { readStudies, writeStudyReport } from '../study-report/study-report-files.js';
import { writeTrainingReport } from '../training/training-report.js';

/**
 * Draws the report of what a folder holds again: a study, several studies, a demo run, or a training run.
 *
 * @param folder the folder with the data
 * @param out where to write instead; of a demo run, its results as Markdown and figures go there
 * @returns the paths written
 * @throws {RunDirectoryError} if the folder holds none of them
 */
export async function redrawReport(folder: string, out?: string): Promise<string[]> {
  const studies = await readStudies(folder);
  if (studies.length > 0) return writeStudyReport(out ?? folder, studies);
  if (existsSync(join(folder, 'report.json'))) {
    const data = await readDemoReport(folder);
    return out === undefined ? [await writeDemoReport(folder, data)] : writeDemoResults(out, data);
  }
  if (existsSync(join(folder, 'metrics.jsonl'))) return [await writeTrainingReport(folder, out)];
  throw new RunDirectoryError(
    `@ais/studies: ${folder} holds no finished run: there is no study.json in it or in its folders, no report.json, and no metrics.jsonl. ` +
      'Give the folder of a study, a demo run or a training run.',
  );
}
