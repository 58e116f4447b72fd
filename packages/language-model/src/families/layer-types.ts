import { CheckpointError, shown } from '../errors.js';
import { invalidField } from './complete-configuration.js';

/** What the tokens of a layer see: all before them, or a window. */
export type LayerType = 'full_attention' | 'sliding_attention';

/** How a configuration has windows. */
export interface WindowFields {
  /** How many tokens a token sees, itself included, in layers with a window; null where no layer has one. */
  readonly slidingWindow: number | null;
  /** Each layer's type; null where a rule of the family tells. */
  readonly layerTypes: readonly LayerType[] | null;
}

/**
 * Checks windows.
 *
 * @throws {LanguageModelError} `invalid-configuration` naming the field
 */
export function checkWindows({
  slidingWindow,
  layerTypes,
  layerCount,
}: WindowFields & { readonly layerCount: number }): void {
  checkWindow(slidingWindow);
  if (layerTypes === null) return;
  const isList = Array.isArray(layerTypes) && layerTypes.length === layerCount;
  if (!isList || !layerTypes.every((type) => type === 'full_attention' || type === 'sliding_attention')) {
    throw invalidField(
      'layerTypes',
      layerTypes,
      `a list of ${layerCount}, each "full_attention" or "sliding_attention", or null`,
    );
  }
  if (slidingWindow === null && layerTypes.includes('sliding_attention')) {
    throw invalidField('slidingWindow', slidingWindow, 'an integer ≥ 1, since layers have a window');
  }
}

export function checkWindow(slidingWindow: number | null): void {
  if (slidingWindow === null || (Number.isSafeInteger(slidingWindow) && slidingWindow >= 1)) return;
  throw invalidField('slidingWindow', slidingWindow, 'an integer ≥ 1, or null');
}

/**
 * Reads `layer_types`.
 *
 * @throws {CheckpointError} `unsupported-architecture` where a layer is of another type
 */
export function readLayerTypes(value: unknown, file: string): LayerType[] | null {
  if (value === undefined || value === null) return null;
  const other = Array.isArray(value)
    ? value.find((type) => type !== 'full_attention' && type !== 'sliding_attention')
    : value;
  if (other === undefined) return value as LayerType[];
  throw new CheckpointError('unsupported-architecture', 'its layer_types are not supported.', {
    file,
    expected: 'a list of "full_attention" and "sliding_attention"',
    found: shown(other),
  });
}
