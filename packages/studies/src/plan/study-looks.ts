import { isPolicySettings, type StudySettings } from '../settings/study-settings.js';

/** A study with the seeds of one of its looks, from 0; one without looks is looked at once. */
export function atLook(settings: StudySettings, look: number): StudySettings {
  if (!isPolicySettings(settings) || !settings.looks) return settings;
  return { ...settings, seeds: settings.seeds.slice(0, settings.looks[look]) };
}

/** How often a study may be looked at. */
export function looksOf(settings: StudySettings): number {
  return isPolicySettings(settings) ? (settings.looks?.length ?? 1) : 1;
}
