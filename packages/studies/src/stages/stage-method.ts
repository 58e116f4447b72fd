import {
  adaptiveImportance,
  fixed,
  importanceWeighted,
  inverseLength,
  inverseSqrtLength,
} from '@ais/objectives';
import type { StudyImportance, StudyMethod } from '../study/study-data.js';
import { type ChosenObjective, chooseObjective } from '../training/objective-registry.js';

/** What a method optimizes. */
export type StageMethod = Pick<StudyMethod, 'objective' | 'options' | 'importance' | 'behavior'>;

/**
 * A method's objective at one β, weighted as the method says.
 *
 * @throws {ConfigurationError} where there is no such objective or option
 */
export async function methodObjective(
  { objective: name, options = {}, importance }: StageMethod,
  beta: number,
): Promise<ChosenObjective> {
  const chosen = await chooseObjective({
    objective: name,
    objectiveOptions: options,
    beta,
    importance: 'none',
    online: false,
  });
  if (chosen.feedback !== 'pairs' || importance.kind === 'none') return chosen;
  return { ...chosen, objective: importanceWeighted(chosen.objective, importanceOptions(importance)) };
}

function importanceOptions(importance: Exclude<StudyImportance, { kind: 'none' }>) {
  switch (importance.kind) {
    case 'adaptive':
      return adaptiveImportance({ smoothing: inverseLength() });
    case 'square-root':
      return adaptiveImportance({ smoothing: inverseSqrtLength() });
    case 'fixed': {
      const { alpha, logWeightLimit } = importance;
      return adaptiveImportance({
        smoothing: fixed(alpha),
        ...(logWeightLimit !== undefined && { clip: { upper: logWeightLimit } }),
      });
    }
  }
}
