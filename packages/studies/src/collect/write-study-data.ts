import { join, relative, resolve } from 'node:path';
import { writeJson, writeWhole } from '@ais/runtime/files';
import { isExactStudy, isMixtureStudy, type StudyData } from '../data/study-data.js';
import { exactCsv } from './exact-csv.js';
import { mixtureCsv, pointsCsv, trainingCsv, weightsCsv } from './study-csv.js';

/** Writes a study's data: `study.json`, and as CSV what a spreadsheet can plot. The file of a study is named as seen from the folder. */
export async function writeStudyData(directory: string, data: StudyData): Promise<void> {
  const file = data.file === undefined ? undefined : relative(directory, resolve(data.file));
  await writeJson(join(directory, 'study.json'), { ...data, ...(file !== undefined && { file }) });
  if (isExactStudy(data)) {
    await writeWhole(join(directory, 'cells.csv'), exactCsv(data));
    return;
  }
  if (isMixtureStudy(data)) {
    await writeWhole(join(directory, 'points.csv'), mixtureCsv(data));
    return;
  }
  await writeWhole(join(directory, 'points.csv'), pointsCsv(data));
  await writeWhole(join(directory, 'training.csv'), trainingCsv(data));
  if (data.weights) await writeWhole(join(directory, 'weights.csv'), weightsCsv(data));
}
