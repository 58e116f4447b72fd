import { shellWord } from '@ais/runtime/process';
import { PipelineError } from '../errors.js';
import { USUAL_API_CACHE } from '../settings/judge-settings.js';
import { moduleOf } from '../settings/module-name.js';
import { isBuiltInObjective } from './objectives.js';

/** A setting that names code from outside, a server, or a file to write. */
export interface OutsideName {
  readonly key: string;
  readonly value: string;
}

/** A server, or an address that holds code itself. */
const ADDRESS = /^((https?|wss?|s3):\/\/|data:)/i;

/**
 * The settings, at every depth, that name a plugin, a script, a server, or where answers are kept.
 *
 * @example
 * console.log(outsideNames({ scorer: './judge.mjs', beta: 0.1 }).map(({ value }) => value)); // [ './judge.mjs' ]
 */
export function outsideNames(settings: unknown, path: readonly string[] = []): OutsideName[] {
  if (typeof settings === 'object' && settings !== null) {
    return Object.entries(settings).flatMap(([key, value]) => outsideNames(value, [...path, key]));
  }
  if (typeof settings !== 'string') return [];
  const isObjective = path.at(-1) === 'objective' && !isBuiltInObjective(settings);
  // A study in YAML or JSON may name code itself.
  const isStudy = path.at(-1) === 'study' && /\.(ya?ml|json)$/.test(settings);
  const isWritten = path.slice(-2).join('.') === 'api.cache' && settings !== USUAL_API_CACHE;
  if (!isObjective && !isStudy && !isWritten && !moduleOf(settings) && !ADDRESS.test(settings)) return [];
  return [{ key: path.join('.'), value: settings }];
}

/**
 * Checks that a folder's settings run no code, ask no server, and write no file that its user does not know of: the person who made
 * the folder chose them.
 *
 * @param folder for the message
 * @param allowed what the command line names itself
 * @param others names that are no settings, such as the store of a study
 * @throws {PipelineError} `not-allowed` naming each of them, and how to allow it
 * @example
 * requireAllowed('runs/stranger', { scorer: './judge.mjs' }, ['./judge.mjs']); // throws if the command line does not name it
 */
export function requireAllowed(
  folder: string,
  settings: unknown,
  allowed: readonly (string | undefined)[],
  others: readonly OutsideName[] = [],
): void {
  const unknown = [...outsideNames(settings), ...others].filter(({ value }) => !allowed.includes(value));
  if (unknown.length === 0) return;
  const list = unknown.map(({ key, value }) => `${key} ${value}`).join(', ');
  throw new PipelineError(
    'not-allowed',
    `${folder} names code, a server, or a file to write that this would use: ${list}. If you trust it, say so:${allowing(unknown)}`,
  );
}

/**
 * The flags that allow what settings name, each once, as they are given in a shell.
 *
 * @example
 * console.log(allowing(outsideNames({ scorer: './judge.mjs' }))); //  --allow ./judge.mjs
 */
export function allowing(names: readonly OutsideName[]): string {
  return [...new Set(names.map(({ value }) => value))]
    .map((value) => ` --allow ${shellWord(value)}`)
    .join('');
}
