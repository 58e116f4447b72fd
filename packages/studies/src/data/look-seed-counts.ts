import type { StudyData } from './study-data.js';

/** Numbers of seeds at which a study was looked at so far; the present one before the first look. */
export function lookSeedCounts({ looks, seeds }: Pick<StudyData, 'looks' | 'seeds'>): readonly number[] {
  const past = looks?.filter((count) => count <= seeds.length) ?? [];
  return past.length > 0 ? past : [seeds.length];
}
