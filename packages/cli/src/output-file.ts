import { existsSync, statSync } from 'node:fs';
import { UsageError } from './usage-error.js';

/**
 * Refuses to write over what a command reads.
 *
 * @param out what `--out` names
 * @param inputs what the command reads, by the flag or the argument that names it; values that name no file are ignored
 * @throws {UsageError} naming both
 */
export function requireOtherFile(
  out: string,
  inputs: Readonly<Record<string, string | readonly string[] | undefined>>,
): void {
  const written = fileOf(out);
  if (written === undefined) return;
  for (const [flag, names] of Object.entries(inputs)) {
    for (const name of [names ?? []].flat().flatMap(partsOf)) {
      const read = fileOf(name);
      // Another path, a link, or another name may mean the same file.
      if (read?.dev !== written.dev || read.ino !== written.ino) continue;
      throw new UsageError(
        `--out ${out} is ${name === out ? '' : `${name}, `}what ${flag} names: it would be replaced by what is made of it. Name another file.`,
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

function fileOf(path: string): { readonly dev: bigint; readonly ino: bigint } | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found?.isFile() ? found : undefined;
}
