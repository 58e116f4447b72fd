import { join } from 'node:path';
import { readJson } from '@ais/runtime/files';
import type { Claim, StudyData } from '../data/study-data.js';
import type { StudySettings } from '../settings/study-settings.js';
import { atLook, lookCount } from './study-looks.js';

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
 * @returns `needed`, all studies, in order; `reached`, those of them that have several looks
 * @throws {FileError} `damaged-file` for data or claims that are not JSON
 * @example
 * const { settings } = await configureStudies({ name: 'fig3', seeds: [6, 12] }, 'runs/study-store');
 * const { needed, reached } = await reachedLooks(settings, 'runs/fig3');
 * console.log(needed[0].seeds.length); // 6
 * console.log(reached[0].looks); // 2
 */
export async function reachedLooks(
  studies: readonly StudySettings[],
  directory: string,
): Promise<{ readonly needed: readonly StudySettings[]; readonly reached: readonly ReachedLook[] }> {
  const claims = await readJson<readonly Claim[]>(join(directory, 'claims.json'));
  const needed: StudySettings[] = [];
  const reached: ReachedLook[] = [];
  for (const settings of studies) {
    const { study } = settings;
    const looks = lookCount(settings);
    if (looks < 2) {
      needed.push(settings);
      continue;
    }
    const data = await readJson<StudyData>(join(directory, study, 'study.json'));
    const written = Array.from({ length: looks }, (_, look) => atLook(settings, look).seeds.length).filter(
      (count) => count <= (data?.seeds.length ?? 0),
    ).length;
    const own = written > 0 ? (claims ?? []).filter(({ figure }) => figure === study) : [];
    const isOpen = own.some(({ verdict }) => verdict === 'open');
    const look = Math.min(Math.max(1, isOpen ? written + 1 : written), looks);
    needed.push(atLook(settings, look - 1));
    reached.push({ study, look, looks, isDecided: own.length > 0 && !isOpen });
  }
  return { needed, reached };
}
