import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mountSmallDisk } from '../sweep/small-disk.js';
import { differencesOf, leftoversOf, outcomeOf } from './outcome.js';
import type { SoakedCommand } from './soaked-command.js';
import { leadToEnd, startCommand } from './started-command.js';

/** What came of a disk that was full before a command was done. */
export interface FullDisk {
  /** Nothing where there was room enough after all. */
  readonly wasFull: boolean;
  readonly problem?: string;
}

const MEGABYTES = 64;

/**
 * Runs a command on a disk that has less room than it needs, looks at what it says and leaves, makes room, lets it resume,
 * and compares what it leaves in the end.
 *
 * @param leave bytes that are free
 * @param expected what an undisturbed run leaves
 */
export async function fillDisk(
  command: SoakedCommand,
  leave: number,
  expected: Readonly<Record<string, string>>,
): Promise<FullDisk> {
  const disk = await mountSmallDisk(MEGABYTES);
  try {
    const folder = join(disk.path, 'work');
    mkdirSync(folder);
    const free = disk.fill(leave);
    const { status, said } = await startCommand(command, folder).ended;
    if (status === 0) return { wasFull: false };
    const problem = (text: string): FullDisk => ({
      wasFull: true,
      problem: `${command.name} with ${leave} bytes free: ${text}\n${said}`,
    });
    if (status !== 1) return problem(`it ended with ${status}.`);
    if (!said.includes(disk.path) || !/disk/i.test(said))
      return problem('no message names the disk and the path.');
    const left = leftoversOf(folder).filter((name) => !/(\.partial|settings\.json)$/.test(name));
    if (left.length > 0) return problem(`it left ${left.join(', ')}.`);
    free();
    await leadToEnd(command, folder);
    const wrong = [...differencesOf(outcomeOf(command, folder), expected), ...leftoversOf(folder)];
    return wrong.length === 0 ? { wasFull: true } : problem(`in the end ${wrong.join(', ')} differ.`);
  } catch (error) {
    return { wasFull: true, problem: `${command.name} with ${leave} bytes free: ${String(error)}` };
  } finally {
    await disk.remove();
  }
}

/** Bytes of all files in a folder. */
export function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
