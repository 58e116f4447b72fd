import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { UsageError } from './usage-error.js';

/**
 * The file that a command line names to be written: where a link leads, so that the file there is replaced, and not the link.
 *
 * Folders and links to them stay as they are.
 */
export function linkedFile(out: string): string {
  const isLink = lstatSync(out, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink && statSync(out, { throwIfNoEntry: false })?.isFile() === true ? realpathSync(out) : out;
}

/**
 * Reads the name of a file that is made beside its place, and put there at once.
 *
 * @throws {InvalidArgumentError} for a device or a pipe, which a file would replace
 */
export function outputFile(out: string): string {
  const found = statSync(out, { throwIfNoEntry: false });
  if (found === undefined || found.isFile() || found.isDirectory()) return linkedFile(out);
  throw new InvalidArgumentError('It is a device or a pipe, which a file would replace. Name a file.');
}

/**
 * Refuses to write over what a command reads.
 *
 * @param out the file that is written
 * @param inputs what the command reads, by the flag or the argument that names it; values that name no file are ignored
 * @param flag what names the file that is written, or the folder that it is in
 * @throws {UsageError} naming both
 */
export function requireOtherFile(
  out: string,
  inputs: Readonly<Record<string, string | readonly string[] | undefined>>,
  flag = '--out',
): void {
  if (statSync(out, { throwIfNoEntry: false })?.isFile() !== true) return;
  for (const [input, names] of Object.entries(inputs)) {
    for (const name of [names ?? []].flat().flatMap(partsOf)) {
      if (!isSamePlace(name, out)) continue;
      throw new UsageError(
        `${flag} ${out} is ${name === out ? '' : `${name}, `}what ${input} names: it would be replaced by what is made of it. Name another file.`,
      );
    }
  }
}

/**
 * Refuses to replace the default output file, which the command line did not name.
 *
 * @throws {UsageError} naming the file and the remedy
 */
export function requireFreeDefault(out: string): void {
  if (!existsSync(out)) return;
  throw new UsageError(
    `${out} is there already, and no --out was given. Name another file with --out, or replace it with --out ${out}.`,
  );
}

/** A name, and, of a mixture with weights, each of its sources. */
function partsOf(name: string): string[] {
  return [name, ...name.split(',').map((part) => part.trim().replace(/\*[\d.]+$/, ''))];
}

/** Whether two names mean one file or folder that is there: another path, a link, or another name may do so. */
export function isSamePlace(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}
