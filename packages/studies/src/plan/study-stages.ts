import { type StageSpec, stagesInOrder } from '@ais/workflow';
import { isExactSettings, type StudySettings, studyFields } from '../settings/study-settings.js';
import { planExact } from './exact-plan.js';
import { type NamedStages, nameStages } from './stage-titles.js';
import { planStudies, type StudyPlan, targetOf } from './study-plan.js';

/** All stages of some studies. */
export interface StudyStages {
  readonly plans: ReadonlyMap<StudySettings, StudyPlan>;
  /** What each study wants in the end. */
  readonly targetsOf: ReadonlyMap<StudySettings, readonly StageSpec[]>;
  /** What all of them want. */
  readonly targets: readonly StageSpec[];
  /** The targets and what they need, each once, what is needed first. */
  readonly stages: readonly StageSpec[];
  readonly names: NamedStages;
}

/**
 * Plans studies, and names their stages.
 *
 * @throws {PipelineError} naming a setting that no settings file could have
 */
export async function stagesOfStudies(
  studies: readonly StudySettings[],
  backend: string,
): Promise<StudyStages> {
  for (const settings of studies) studyFields({ ...settings });
  const plans = await planStudies(studies, backend);
  const worlds = new Map(studies.filter(isExactSettings).map((settings) => [settings, planExact(settings)]));
  const targetsOf = new Map<StudySettings, readonly StageSpec[]>();
  for (const [settings, { runs }] of plans) targetsOf.set(settings, runs.map(targetOf));
  for (const [settings, planned] of worlds)
    targetsOf.set(
      settings,
      planned.map(({ stage }) => stage),
    );
  const targets = [...targetsOf.values()].flat();
  const names = nameStages([...plans.values()], [...worlds.values()].flat());
  return { plans, targetsOf, targets, stages: stagesInOrder(targets), names };
}
