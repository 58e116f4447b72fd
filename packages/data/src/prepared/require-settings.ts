import { DataError } from '../errors.js';
import { requireInteger, requireOneOf, shown } from '../records/require-option.js';
import { requireLongPrompts } from '../tokenize/tokenize-records.js';
import type { PreparationSettings } from './prepared-manifest.js';

/**
 * Checks settings that a manifest is going to hold, whatever their types promise: they may come from a file.
 *
 * The shares and the seed of the splits are left to `SplitAssignment`.
 *
 * @throws {DataError} `invalid-option`
 */
export function requireSettings(settings: PreparationSettings): void {
  requireOneOf('kind', settings.kind, ['text', 'comparisons']);
  requireOneOf('longResponses', settings.longResponses, ['cut', 'drop']);
  requireLongPrompts(settings.longPrompts);
  requireOneOf('duplicates', settings.duplicates, ['drop', 'keep']);
  requireOneOf('onError', settings.onError, ['stop', 'skip']);
  requireInteger('maxPromptTokens', settings.maxPromptTokens, 1);
  if (settings.maxResponseTokens !== null) requireInteger('maxResponseTokens', settings.maxResponseTokens, 1);
  if (settings.limit !== null) requireInteger('limit', settings.limit, 0);
  // A split's name is that of its file too.
  const name = Object.keys(settings.splits).find((split) => /[/\\\0]/.test(split) || split === '');
  if (name === undefined) return;
  throw new DataError(
    'invalid-option',
    `splits: expected names that a file can have, got ${shown(name)}. Use, for example, { train: 0.9, test: 0.1 }.`,
  );
}
