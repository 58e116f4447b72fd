import { join } from 'node:path';
import { writeJson, writeWhole } from '@ais/runtime/files';
import { isExactStudy, isMixtureStudy, type StudyData } from '../data/study-data.js';
import { exactCsv } from './exact-csv.js';
import { mixtureCsv, pointsCsv, trainingCsv, weightsCsv } from './study-csv.js';

/** Writes a study's data: `study.json`, and as CSV what a spreadsheet can plot. */
export async function writeStudyData(directory: string, data: StudyData): Promise<void> {
  await writeJson(join(directory, 'study.json'), data);
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
