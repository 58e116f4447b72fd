import { isPolicySettings, type StudySettings } from '../settings/study-settings.js';

/** A study with the seeds of one of its looks, from 0; one without looks is looked at once. */
export function atLook(settings: StudySettings, look: number): StudySettings {
  if (!isPolicySettings(settings) || !settings.looks) return settings;
  return { ...settings, seeds: settings.seeds.slice(0, settings.looks[look]) };
}

/** How often a study may be looked at with the seeds that it has; a part of one may have too few for all of its looks. */
export function lookCount(settings: StudySettings): number {
  if (!isPolicySettings(settings) || !settings.looks) return 1;
  const { looks, seeds } = settings;
  return looks.findIndex((count) => count >= seeds.length) + 1;
}
