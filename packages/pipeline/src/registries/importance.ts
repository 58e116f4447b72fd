import {
  adaptiveImportance,
  fixed,
  type ImportanceOptions,
  inverseLength,
  inverseSqrtLength,
  type Smoothing,
} from '@ais/objectives';
import type {
  ImportanceOptionsSettings,
  ImportanceSettings,
  SmoothingSettings,
} from '../settings/objective-settings.js';

/** The weights that settings stand for; nothing for `none`. */
export function importanceOptions(settings: ImportanceSettings): ImportanceOptions | undefined {
  if (settings === 'none') return undefined;
  const { smoothing, pool, clip, differentiable, selfNormalized, meanWeightOnly } =
    importanceSettings(settings);
  const { lower, upper } = clip ?? {};
  return adaptiveImportance({
    smoothing: smoothingOf(smoothing),
    ...(pool !== undefined && { pool }),
    ...(clip && { clip: { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) } }),
    ...(differentiable !== undefined && { differentiable }),
    ...(selfNormalized !== undefined && { selfNormalized }),
    ...(meanWeightOnly !== undefined && { meanWeightOnly }),
  });
}

/** The long form of weights that may be given by their smoothing alone. */
export function importanceSettings(settings: Exclude<ImportanceSettings, 'none'>): ImportanceOptionsSettings {
  return typeof settings === 'object' ? settings : { smoothing: settings };
}

function smoothingOf(smoothing: SmoothingSettings): Smoothing {
  if (typeof smoothing === 'number') return fixed(smoothing);
  return smoothing === 'inverse-length' ? inverseLength() : inverseSqrtLength();
}
