import { type StageSpec, stagesInOrder } from '@ais/workflow';
import { planExact } from '../exact/exact-plan.js';
import { isExactSettings, type StudySettings } from '../settings/study-settings.js';
import { type NamedStages, nameStages } from './stage-titles.js';
import { planStudies, type StudyPlan, targetOf } from './study-plan.js';

/** All stages of some studies. */
export interface StudyStages {
  readonly plans: ReadonlyMap<StudySettings, StudyPlan>;
  /** What the studies want in the end. */
  readonly targets: readonly StageSpec[];
  /** The targets and what they need, each once, what is needed first. */
  readonly stages: readonly StageSpec[];
  readonly names: NamedStages;
}

/** Plans studies, and names their stages. */
export async function stagesOfStudies(
  studies: readonly StudySettings[],
  backend: string,
): Promise<StudyStages> {
  const plans = await planStudies(studies, backend);
  const worlds = studies.filter(isExactSettings).flatMap(planExact);
  const targets: StageSpec[] = [
    ...[...plans.values()].flatMap(({ runs }) => runs.map(targetOf)),
    ...worlds.map(({ stage }) => stage),
  ];
  return { plans, targets, stages: stagesInOrder(targets), names: nameStages([...plans.values()], worlds) };
}
