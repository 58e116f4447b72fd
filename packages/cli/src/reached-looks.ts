import { join } from 'node:path';
import { readJson } from '@ais/runtime/files';
import type { Claim, StudyData } from '@ais/studies';
import type { StudySettings } from '@ais/studies/settings';

/** How far a study that judges its claims at several numbers of seeds is known to go. */
export interface ReachedLook {
  readonly study: string;
  /** The look that it ended at or works toward, from 1, and how many there may be. */
  readonly look: number;
  readonly looks: number;
  /** Whether its data have claims and leave none of them open, so that it goes no further. */
  readonly isDecided: boolean;
}

/**
 * Studies with the seeds of the looks known to be needed so far, and which looks these are: up to the one whose data are written, and
 * the next one only if these leave a claim open.
 *
 * @param directory the folder of the studies, as in `ais study --out`
 */
export async function reachedLooks(
  studies: readonly StudySettings[],
  directory: string,
): Promise<{ readonly needed: readonly StudySettings[]; readonly reached: readonly ReachedLook[] }> {
  const claims = await readJson<readonly Claim[]>(join(directory, 'claims.json'));
  const needed: StudySettings[] = [];
  const reached: ReachedLook[] = [];
  for (const settings of studies) {
    const { study, seeds } = settings;
    // A part of a study may have too few seeds for all of its looks.
    const counts = plannedLooks(settings).filter((_, index, all) => (all[index - 1] ?? 0) < seeds.length);
    if (counts.length < 2) {
      needed.push(settings);
      continue;
    }
    const data = await readJson<StudyData>(join(directory, study, 'study.json'));
    const written = counts.filter((count) => count <= (data?.seeds.length ?? 0)).length;
    const own = written > 0 ? (claims ?? []).filter(({ figure }) => figure === study) : [];
    const isOpen = own.some(({ verdict }) => verdict === 'open');
    const look = Math.min(Math.max(1, isOpen ? written + 1 : written), counts.length);
    needed.push({ ...settings, seeds: seeds.slice(0, counts[look - 1]) });
    reached.push({ study, look, looks: counts.length, isDecided: own.length > 0 && !isOpen });
  }
  return { needed, reached };
}

function plannedLooks(settings: StudySettings): readonly number[] {
  return 'looks' in settings && 'runs' in settings ? (settings.looks ?? []) : [];
}
