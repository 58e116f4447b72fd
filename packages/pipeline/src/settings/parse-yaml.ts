import { parse } from 'yaml';

/**
 * Options for external text: without them, a key that is a list or a map makes Node print a warning, beside
 * the error that names the key.
 */
export const WITHOUT_WARNINGS = { logLevel: 'error' } as const;

/**
 * Reads YAML or JSON.
 *
 * @throws {Error} what the library `yaml` throws for text that is neither
 * @example
 * console.log(parseYaml('beta: 0.1')); // { beta: 0.1 }
 */
export function parseYaml(text: string): unknown {
  return parse(text, WITHOUT_WARNINGS);
}
