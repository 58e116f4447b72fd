import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Files } from './target.js';

/** The folder of a package's fixtures. */
export function fixturesOf(name: '@ais/data' | '@ais/language-model'): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'fixtures');
}

/** The files of a folder and of those in it, by their paths, sorted. */
export async function filesIn(folder: string, wanted: RegExp = /./): Promise<Map<string, Uint8Array>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => wanted.test(name))
    .sort();
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, new Uint8Array(await readFile(join(folder, name)))] as const),
    ),
  );
}

/** Seeds of one file each. */
export async function fileSeeds(folder: string, names: readonly string[]): Promise<readonly Files[]> {
  return Promise.all(
    names.map(async (name) => {
      const content = new Uint8Array(await readFile(join(folder, name)));
      return new Map([[name.replace(/^.*\//, ''), content]]);
    }),
  );
}

/** A seed whose files are texts, and values as JSON. */
export function textFiles(contents: Readonly<Record<string, unknown>>): Files {
  const text = (content: unknown): string =>
    typeof content === 'string' ? content : JSON.stringify(content);
  return new Map(
    Object.entries(contents).map(([name, content]) => [name, new TextEncoder().encode(text(content))]),
  );
}
