import type { StageContext } from '@ais/workflow';
import { type ArmComparisonSettings, compareArms } from './compare-arms.js';
import type { ExactFinding } from './exact-row.js';

export interface ExactStageSummary {
  readonly findings: readonly ExactFinding[];
}

/** Compares all methods in one world; its settings decide every number, on any back end. */
export async function compareInWorld(
  settings: ArmComparisonSettings,
  _inputs: object,
  { signal, progress, title }: StageContext,
): Promise<ExactStageSummary> {
  const total = settings.looks.at(-1) ?? 0;
  // Seeds take milliseconds: twenty reports a world are enough.
  const every = Math.max(1, Math.floor(total / 20));
  const onSeeds = (completed: number): void => {
    if (completed % every === 0) progress({ task: title, completed, total });
  };
  return { findings: await compareArms(settings, { signal, onSeeds }) };
}
