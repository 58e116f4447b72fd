import { builtInStudies, type StudyCatalog } from '../catalog/catalog.js';
import type { NamedChart } from '../charts/named-chart.js';
import { type JudgedClaim, judgeClaims } from '../claims/judge-claims.js';
import { isExactStudy, isMixtureStudy, isPolicyStudy, type StudyData } from '../data/study-data.js';
import { StudyError } from '../errors.js';
import { isComputed, isExact, type Study, type StudyTable } from '../study/study.js';
import { isRunComparison } from '../training-runs/run-comparison.js';
import { reportCatalog } from './report-catalog.js';
import { reportedSweeps } from './reported-sweeps.js';

/** A study's data with what is judged and drawn of them, computed once for the page, the Markdown and the figures. */
export interface StudyView {
  readonly definition: Study;
  readonly study: StudyData;
  readonly claims: readonly JudgedClaim[];
  readonly charts: readonly NamedChart[];
  readonly tables: readonly StudyTable[];
}

/** @throws {StudyError} `invalid-data` if a study's runs contradict each other, or a study is not in the catalog */
export function viewStudies(
  studies: readonly StudyData[],
  catalog: StudyCatalog = reportCatalog(),
): StudyView[] {
  return studies.map((study) => {
    const definition = catalog.find(study.study);
    if (!definition) throw new StudyError('invalid-data', `there is no study named "${study.study}".`);
    return viewStudy(definition, study);
  });
}

/** What a study judges and draws of its data. */
function viewStudy(definition: Study, study: StudyData): StudyView {
  if (isComputed(definition)) {
    if (!isMixtureStudy(study)) throw anotherStudy(study);
    return {
      definition,
      study,
      claims: judgeClaims(definition.claims, study),
      charts: definition.charts(study),
      tables: [],
    };
  }
  if (isExact(definition)) {
    if (!isExactStudy(study)) throw anotherStudy(study);
    return {
      definition,
      study,
      claims: judgeClaims(definition.claims, study),
      charts: definition.charts(study),
      tables: definition.tables(study),
    };
  }
  if (!isPolicyStudy(study)) throw anotherStudy(study);
  const sweeps = reportedSweeps(study);
  return {
    definition,
    study,
    claims: judgeClaims(definition.claims, study),
    // Without a run that has every seed, a study has nothing to draw; training runs have their losses.
    charts: sweeps.length > 0 || isRunComparison(study) ? definition.charts(study, sweeps) : [],
    tables: [],
  };
}

function anotherStudy({ study }: StudyData): StudyError {
  return new StudyError('invalid-data', `the data of ${study} belong to another study.`);
}

/** What a page of studies is called. */
export function reportTitle(views: readonly StudyView[]): string {
  const [only] = views;
  if (only && views.length === 1) return only.definition.title;
  return isOfThePaper(views) ? 'Adaptive importance sampling: the paper’s claims, measured' : 'Studies';
}

/** Whether a page is about the paper's figures, and what goes beyond them. */
export function isOfThePaper(views: readonly StudyView[]): boolean {
  const own = views.filter(({ definition }) => builtInStudies.includes(definition));
  return own.length === views.length && views.some(({ definition }) => definition.claimant === 'The paper');
}
