import {
  adaptiveImportance,
  fixed,
  type ImportanceOptions,
  importanceWeighted,
  inverseLength,
  inverseSqrtLength,
  type Objective,
  type PairBatch,
  type Smoothing,
  tokenWeighted,
  weightBounds,
} from '@ais/objectives';
import { PipelineError } from '../errors.js';
import type {
  ImportanceOptionsSettings,
  ImportanceSettings,
  SmoothingSettings,
} from '../settings/objective-settings.js';

/** An objective over pairs with the weights that settings stand for; as it is for `none`. */
export function weighted(
  objective: Objective<PairBatch>,
  settings: ImportanceSettings,
): Objective<PairBatch> {
  if (settings === 'none') return objective;
  const own = importanceSettings(settings);
  if (own.level !== 'token') return importanceWeighted(objective, importanceOptions(own));
  const { smoothing, pool, clipTokens, filter, level: _, ...ofPairs } = given(own);
  const [other] = Object.keys(ofPairs);
  if (other !== undefined) {
    throw new PipelineError(
      'invalid-setting',
      `importance: ${other} is about the weight of a pair, and with level: token each token has one. Use clipTokens and filter, or leave ` +
        'level out.',
      { key: 'importance' },
    );
  }
  // Trainers prepare what an objective requires, tokens among it.
  return tokenWeighted(objective, {
    smoothing: smoothingOf(smoothing),
    ...(pool && { pool }),
    ...(clipTokens && { clipTokens: given(clipTokens) }),
    ...(filter && { filter: given(filter) }),
  }) as Objective<PairBatch>;
}

function importanceOptions(settings: ImportanceOptionsSettings): ImportanceOptions {
  const {
    smoothing,
    level: _,
    clip,
    clipTokens,
    clipResponses,
    mask,
    filter,
    vespo,
    ...rest
  } = given(settings);
  const bounds = {
    ...(clipTokens && { clipTokens: given(clipTokens) }),
    ...(clipResponses && { clipResponses: given(clipResponses) }),
    ...(mask && { mask: given(mask) }),
    ...(filter && { filter: given(filter) }),
    ...(vespo && { vespo: given(vespo) }),
  };
  return adaptiveImportance({
    smoothing: smoothingOf(smoothing),
    ...rest,
    ...(clip && { clip: given(clip) }),
    ...(Object.keys(bounds).length > 0 && { bounds: weightBounds(bounds) }),
  });
}

/** Whether weights compare tokens, of which the behavior policy's log-probabilities must then be known. */
export function comparesTokens(settings: ImportanceSettings): boolean {
  if (typeof settings !== 'object') return false;
  const { level, clipTokens } = settings;
  return level === 'token' || clipTokens?.lower !== undefined || clipTokens?.upper !== undefined;
}

/** Settings without those that are undefined. */
function given<T extends object>(settings: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** The long form of weights that may be given by their smoothing alone. */
export function importanceSettings(settings: Exclude<ImportanceSettings, 'none'>): ImportanceOptionsSettings {
  return typeof settings === 'object' ? settings : { smoothing: settings };
}

function smoothingOf(smoothing: SmoothingSettings): Smoothing {
  if (typeof smoothing === 'number') return fixed(smoothing);
  return smoothing === 'inverse-length' ? inverseLength() : inverseSqrtLength();
}
