import { ConfigurationMismatch } from '@ais/trainer';
import { PipelineError } from '../errors.js';
import { isLayer } from '../settings/settings-file.js';

/** The settings that name what a part of a run's record was made from, the likeliest one first. */
const NAMED_BY: readonly (readonly [part: RegExp, settings: readonly string[]])[] = [
  [/^data\.(prompts|examples|referencesSha256)$|^(prompts|examples)$/, ['source', 'pairs']],
  [/^data\./, ['pairs', 'source']],
  [/^labels$/, ['agreement.pairs', 'pairs']],
  [/^responses$/, ['responses']],
  [/^model(\.sha256)?$/, ['model']],
  [/^reference$/, ['reference', 'model']],
];

/**
 * The error of a command that is resumed although a file, or a model, has changed since: it names that and its flag, since the fingerprint
 * that differs means nothing to its reader. Other errors stay as they are.
 *
 * @param place the run folder or the file that `--out` names
 * @param counts what the run's data are counted in, as its config.json has it: `pairs`, `rows`, `prompts`, `examples`
 */
export function explainChange(error: unknown, place: string, settings: object, counts?: string): unknown {
  if (!(error instanceof ConfigurationMismatch)) return error;
  const { stored, given } = error;
  const key = error.key === 'data.sha256' && counts !== undefined ? `data.${counts}` : error.key;
  const candidates = NAMED_BY.find(([part]) => part.test(key))?.[1] ?? [];
  const setting = candidates.find((name) => typeof settingAt(settings, name) === 'string');
  if (setting === undefined) return error;
  const flag = setting.includes('.') ? setting : `--${setting}`;
  const numbers =
    typeof stored === 'number' && typeof given === 'number'
      ? `: ${stored} ${key.replace('data.', '')} to learn from then, ${given} now`
      : '';
  return new PipelineError(
    'changed-input',
    `${settingAt(settings, setting)} (${flag}) has changed since ${place} was started${numbers}. Restore it, or choose another --out.`,
    { key: setting, cause: error },
  );
}

function settingAt(settings: object, name: string): unknown {
  return name.split('.').reduce<unknown>((value, key) => (isLayer(value) ? value[key] : undefined), settings);
}
