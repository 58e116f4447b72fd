import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sha256 } from '@ais/runtime/files';
import type { SoakedCommand } from './soaked-command.js';
import { outOf } from './started-command.js';

/** What differs by the clock, the machine's memory, the folder, or how often a command was resumed. */
const OF_THE_CLOCK =
  /^(timing|memory)\/|seconds|^(date|started|startedAt|notes|commandLine|metricsOffset|lastMetrics|run|resumed|memory|store)$/i;

/**
 * What a command has left, by file: SHA-256 of its bytes, or of JSON without what differs by the clock.
 *
 * @param folder in which the command wrote
 */
export function outcomeOf(command: SoakedCommand, folder: string): Readonly<Record<string, string>> {
  const out = outOf(command, folder);
  if (statSync(out).isFile()) return { [command.out]: sha256(readFileSync(out)) };
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)))
    // A manifest hashes what differs by the clock; a page shows it.
    .filter((name) => !/(^|\/)(manifest|stage)\.json$|\.html$|README\.md$/.test(name))
    .sort();
  return Object.fromEntries(files.map((name) => [name, sha256(comparable(join(out, name)))]));
}

/** The names of files that differ, are missing, or are there without need. */
export function differencesOf(
  found: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...names].filter((name) => found[name] !== expected[name]);
}

/** What a command that has ended should not leave: temporary names, locks, work in parts. */
export function leftoversOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(^|\/)\.[^/]*(\.tmp-|\.lock)|\.(partial|part|incomplete)$|(^|\/)(run\.lock|settings\.json)$/.test(name),
  );
}

function comparable(path: string): string | Uint8Array {
  if (/\.json$/.test(path)) return withoutTimes(readFileSync(path, 'utf8'));
  if (!/\.jsonl$/.test(path)) return readFileSync(path);
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map(withoutTimes)
    .join('\n');
}

function withoutTimes(text: string): string {
  return JSON.stringify(JSON.parse(text), (key, value: unknown) =>
    OF_THE_CLOCK.test(key) ? undefined : value,
  );
}
