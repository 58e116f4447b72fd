import { StudyError } from '../errors.js';
import type { ExactStudySettings } from './exact-settings.js';

/**
 * Checks what the schema of the exact study cannot: how settings fit together.
 *
 * @throws {StudyError} `invalid-settings` naming the setting
 */
export function checkExactSettings({ seeds, looks, exact }: ExactStudySettings): void {
  const gap = seeds.findIndex((seed, place) => seed !== (seeds[0] ?? 1) + place);
  if (gap >= 0) {
    throw invalid(
      `seeds: the exact study takes seeds in a row, got ${seeds.join(', ')}. Leave out the gap (--seeds 4-6), or run each row into a folder of its own.`,
    );
  }
  if (looks && looks.at(-1) !== seeds.length) {
    throw invalid(
      `looks: the last one must be all ${seeds.length} seeds, got ${looks.join(', ')}. Give the looks with --seeds, such as --seeds 40,120,300.`,
    );
  }
  for (const [name, values] of Object.entries(exact.levels)) {
    if (new Set<unknown>(values).size < values.length)
      throw invalid(
        `exact.levels.${name}: expected each level once, got ${values.join(', ')}. Remove the duplicates.`,
      );
  }
}

function invalid(message: string): StudyError {
  return new StudyError('invalid-settings', message);
}
