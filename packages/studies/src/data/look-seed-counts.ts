import { isPolicyStudy, type StudyData } from './study-data.js';

/**
 * Numbers of seeds at which a study was looked at so far; none before the first look.
 *
 * The looks of a study of policies are at its first seeds, 1, 2, …: a part with others has not come to one, however many it has.
 */
export function lookSeedCounts(study: StudyData): readonly number[] {
  const { looks = [], seeds } = study;
  const known = isPolicyStudy(study) ? firstSeeds(seeds) : seeds.length;
  return looks.filter((count) => count <= known);
}

/** How many of the seeds 1, 2, … there are before one is missing. */
function firstSeeds(seeds: readonly number[]): number {
  const known = new Set(seeds);
  let count = 0;
  while (known.has(count + 1)) count += 1;
  return count;
}
