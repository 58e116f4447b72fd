import type { PolicyStudyData, PreferenceData, StudyImportance } from '../study/study-data.js';
import { type StudySweep, studySweeps } from './study-lines.js';

export interface SweepQuery {
  readonly objective?: string;
  readonly importance?: StudyImportance['kind'];
  readonly data?: PreferenceData;
  readonly behavior?: boolean;
}

/** The first method of a study that is what was asked for. */
export function findSweep(study: PolicyStudyData, query: SweepQuery): StudySweep | undefined {
  return studySweeps(study).find(
    ({ method, data }) =>
      (query.objective === undefined || method.objective === query.objective) &&
      (query.importance === undefined || method.importance.kind === query.importance) &&
      (query.data === undefined || data === query.data) &&
      (query.behavior === undefined || (method.behavior ?? false) === query.behavior),
  );
}

/** An unweighted objective and its AIS variant, where the study has both. */
export function withAndWithout(
  study: PolicyStudyData,
  objective: string,
  data?: PreferenceData,
): { readonly plain: StudySweep; readonly adaptive: StudySweep } | undefined {
  const where = { objective, ...(data && { data }) };
  const plain = findSweep(study, { ...where, importance: 'none' });
  const adaptive = findSweep(study, { ...where, importance: 'adaptive', behavior: false });
  return plain && adaptive ? { plain, adaptive } : undefined;
}

/** What AIS-DPO is compared with beyond the paper. */
export type Alternative = 'wpo' | 'chi-po' | 'length-regularized-dpo' | 'clipped ratio';

export function findAlternative(study: PolicyStudyData, alternative: Alternative): StudySweep | undefined {
  if (alternative !== 'clipped ratio') return findSweep(study, { objective: alternative });
  return studySweeps(study).find(
    ({ method: { importance } }) => importance.kind === 'fixed' && importance.logWeightLimit !== undefined,
  );
}

/** The methods of a fixed α by rising α; the unweighted objective is α = 0. */
export function fixedAlphas(
  study: PolicyStudyData,
): { readonly alpha: number; readonly sweep: StudySweep }[] {
  return studySweeps(study)
    .flatMap((sweep) => {
      const { objective, importance } = sweep.method;
      if (objective !== 'dpo') return [];
      if (importance.kind === 'none') return [{ alpha: 0, sweep }];
      const free = importance.kind === 'fixed' && importance.logWeightLimit === undefined;
      return free ? [{ alpha: importance.alpha, sweep }] : [];
    })
    .toSorted((a, b) => a.alpha - b.alpha);
}
