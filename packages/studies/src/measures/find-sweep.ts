import type { PolicyStudyData, PreferenceData, StudyMethod } from '../data/study-data.js';
import { smoothingOf } from '../data/study-method.js';
import { hasLeastBeta, type StudySweep, studySweeps } from './study-lines.js';

export interface SweepQuery {
  readonly title?: string;
  readonly objective?: string;
  /** The smoothing of weights that have no other options. */
  readonly importance?: 'none' | 'inverse-length' | 'inverse-sqrt-length';
  readonly data?: PreferenceData;
  readonly behavior?: NonNullable<StudyMethod['behavior']>;
}

/** The first method of a study that fits a query. */
export function findSweep(study: PolicyStudyData, query: SweepQuery): StudySweep | undefined {
  return studySweeps(study).find(
    ({ method, data }) =>
      (query.title === undefined || method.title === query.title) &&
      (query.objective === undefined || method.objective === query.objective) &&
      (query.importance === undefined || smoothingOf(method) === query.importance) &&
      (query.data === undefined || data === query.data) &&
      (query.behavior === undefined || (method.behavior ?? 'reference') === query.behavior),
  );
}

/** DPO with the adaptive weights that measure from the reference. */
export function adaptiveSweep(study: PolicyStudyData): StudySweep | undefined {
  return findSweep(study, { objective: 'dpo', importance: 'inverse-length', behavior: 'reference' });
}

/** An unweighted objective and its AIS variant, where the study has both. */
export function withAndWithout(
  study: PolicyStudyData,
  objective: string,
  data?: PreferenceData,
): { readonly plain: StudySweep; readonly adaptive: StudySweep } | undefined {
  const where = { objective, ...(data && { data }) };
  const plain = findSweep(study, { ...where, importance: 'none' });
  const adaptive = findSweep(study, { ...where, importance: 'inverse-length', behavior: 'reference' });
  return plain && adaptive ? { plain, adaptive } : undefined;
}

/** The methods of a fixed α by rising α, at the least β that was planned; the unweighted objective is α = 0. */
export function fixedAlphas(
  study: PolicyStudyData,
): { readonly alpha: number; readonly sweep: StudySweep }[] {
  return studySweeps(study)
    .flatMap((sweep) => {
      if (sweep.method.objective !== 'dpo' || !hasLeastBeta(sweep)) return [];
      const smoothing = smoothingOf(sweep.method);
      if (smoothing === 'none') return [{ alpha: 0, sweep }];
      return typeof smoothing === 'number' ? [{ alpha: smoothing, sweep }] : [];
    })
    .toSorted((a, b) => a.alpha - b.alpha);
}
