import { GoldEvalError } from '../errors.js';

const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;

/** How the verdict must be given; own templates that leave it out get it as their last paragraph. */
export const FORMAT = 'format';

/**
 * Makes a renderer of a prompt template with placeholders such as `{{prompt}}`.
 *
 * Values are put in as they are: what looks like a placeholder inside a response is not one.
 *
 * @param template must have all placeholders; `{{format}}` is added at the end if it is missing
 * @param placeholders the names it must have, besides the format
 * @param format how the verdict must be given
 * @throws {GoldEvalError} `invalid-option` if a placeholder is missing or unknown
 */
export function promptTemplate<Name extends string>(
  template: string,
  placeholders: readonly Name[],
  format: string,
): (values: Readonly<Record<Name, string>>) => string {
  const found = new Set(Array.from(template.matchAll(PLACEHOLDER), ([, name = '']) => name));
  const missing = placeholders.filter((name) => !found.delete(name));
  const whole = found.delete(FORMAT) ? template : `${template.trimEnd()}\n\n{{${FORMAT}}}`;
  const [unknown] = found;
  if (missing.length > 0 || unknown !== undefined) {
    const known = [...placeholders, FORMAT].map((name) => `{{${name}}}`).join(', ');
    const fault = unknown === undefined ? `lacks {{${missing[0]}}}` : `has the unknown {{${unknown}}}`;
    throw new GoldEvalError(
      'invalid-option',
      `the judge's template ${fault}; its placeholders are ${known}.`,
    );
  }
  return (values) => {
    const all: Readonly<Record<string, string>> = { ...values, [FORMAT]: format };
    return whole.replace(PLACEHOLDER, (_, name: string) => all[name] ?? '');
  };
}
