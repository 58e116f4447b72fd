import { nodeBuiltin } from '../node-builtins.js';

/** What a temporary name looks like: `.name.tmp-process-random`. */
const TEMPORARY = /(^|[/\\])\.([^/\\]+)\.tmp-\d+-(?:[0-9a-f]{8}){1,4}(?=$|[/\\])/;

/**
 * A name beside a file's own (or a folder's) under which it can be made until it is whole.
 *
 * No two calls give the same name, so that writers do not disturb each other, and nobody can guess it and put a link there.
 *
 * @example
 * const temporary = temporaryPath('whole.json');
 * await writeJson(temporary, { whole: true });
 * await publish(temporary, 'whole.json');
 * console.log(await readJson('whole.json')); // { whole: true }
 */
export function temporaryPath(path: string): string {
  const { basename, dirname, join } = nodeBuiltin('node:path', 'Writing files');
  const { randomBytes } = nodeBuiltin('node:crypto', 'Writing files');
  return join(dirname(path), `.${basename(path)}.tmp-${process.pid}-${randomBytes(8).toString('hex')}`);
}

/** The path that a temporary one, or one within a temporary folder, is to get; any other path as it is. */
export function finalPath(path: string): string {
  return path.replace(TEMPORARY, '$1$2');
}

/** Whether a name is a temporary one. */
export function isTemporary(name: string): boolean {
  return finalPath(name) !== name;
}
