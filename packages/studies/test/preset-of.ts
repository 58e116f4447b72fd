import { studyCatalog } from '../src/catalog/catalog.js';
import { namedStudy, type PresetOptions, studyPreset } from '../src/configuration/study-presets.js';
import {
  isPolicySettings,
  type PolicyStudySettings,
  parseStudySettings,
  type StudySettings,
} from '../src/settings/study-settings.js';

/** The settings of a built-in study, with every default. */
export function presetOf(name: string, options?: PresetOptions): StudySettings {
  return parseStudySettings(studyPreset(namedStudy(name, studyCatalog()), options));
}

/** Those of one that trains policies. */
export function policyPresetOf(name: string, options?: PresetOptions): PolicyStudySettings {
  const settings = presetOf(name, options);
  if (!isPolicySettings(settings)) throw new Error(`${name} trains no policies.`);
  return settings;
}
