import type { StudyData } from '../study/study-data.js';
import type { NamedChart } from './named-chart.js';
import { studyCharts } from './study-charts.js';
import { type JudgedClaim, judgedClaims } from './study-claims.js';

/** A study with what is judged and drawn of it, computed once for the page, the Markdown and the figures. */
export interface StudyView {
  readonly study: StudyData;
  readonly claims: readonly JudgedClaim[];
  readonly charts: readonly NamedChart[];
}

/** @throws {ReportDataError} if a study's runs contradict each other */
export function viewStudies(studies: readonly StudyData[]): StudyView[] {
  return studies.map((study) => ({ study, claims: judgedClaims(study), charts: studyCharts(study) }));
}
