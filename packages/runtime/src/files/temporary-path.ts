import { nodeBuiltin } from '../node-builtins.js';
import { type Machine, thisMachine } from './this-machine.js';

/** What a temporary name looks like: `.name.tmp-process-digits`, of which the first eight digits say on which machine. */
const TEMPORARY = /(^|[/\\])\.([^/\\]+)\.tmp-(\d+)-([0-9a-f]{8})(?:[0-9a-f]{8}){0,3}(?=$|[/\\])/;

/**
 * A name beside a file's own (or a folder's) under which it can be made until it is whole.
 *
 * No two calls give the same name, so that writers do not disturb each other, and no one can guess it and put a link there.
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
  const digits = `${machine()}${randomBytes(8).toString('hex')}`;
  return join(dirname(path), `.${basename(path)}.tmp-${process.pid}-${digits}`);
}

let tag: string | undefined;

/** Eight digits that name the machine, or the container on it: process numbers mean something only within one of them. */
function machine(): string {
  tag ??= machineTag(thisMachine());
  return tag;
}

/** The digits that name a machine. */
export function machineTag({ host, machine: id, boot, namespace }: Machine): string {
  const { createHash } = nodeBuiltin('node:crypto', 'Writing files');
  return createHash('sha256')
    .update(JSON.stringify([host, id, boot, namespace]))
    .digest('hex')
    .slice(0, 8);
}

/** The path that a temporary one, or one within a temporary folder, is to get; any other path as it is. */
export function finalPath(path: string): string {
  return path.replace(TEMPORARY, '$1$2');
}

/** Whether a name is a temporary one of a process of this machine that has ended. */
export function isAbandoned(name: string): boolean {
  const [, , , id, where] = TEMPORARY.exec(name) ?? [];
  if (id === undefined || where !== machine()) return false;
  try {
    process.kill(Number(id), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Whether a name is a temporary one. */
export function isTemporary(name: string): boolean {
  return finalPath(name) !== name;
}
