import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRandom } from '@ais/runtime';
import { emptyTally, type Files, type FuzzTarget, type Tally } from './target.js';

export interface Limits {
  /** Milliseconds that one case may compute; what waits for longer is ended by the supervisor. */
  readonly milliseconds: number;
  /** One allocation, as a multiple of the case's files; and what any case may take, however small. */
  readonly allocationOfFiles: number;
  readonly allocationFloor: number;
}

export const LIMITS: Limits = { milliseconds: 1_000, allocationOfFiles: 2, allocationFloor: 4_096 };

export interface Range {
  readonly seed: number;
  readonly from: number;
  /** The case after the last. */
  readonly to: number;
}

export interface Watch {
  /** The largest allocation since it was last asked, in bytes; see `watchAllocations`. */
  largestAllocation(): number;
  /** Told before each case. */
  onCase?(index: number): void;
}

/** The files of a case: the same for the same target, seed and index. */
export function caseFiles(
  target: FuzzTarget,
  seeds: readonly Files[],
  { seed, index }: { seed: number; index: number },
): { readonly base: number; readonly files: Files } {
  const random = createRandom(seed, 'fuzz', target.name, index);
  const base = random.integer(seeds.length);
  return { base, files: target.mutate(seeds[base] as Files, random, seeds) };
}

/** Reads a range of cases, one after another, from files in a folder of its own. */
export async function runCases(
  target: FuzzTarget,
  { seed, from, to }: Range,
  directory: string,
  watch: Watch,
  limits: Limits = LIMITS,
): Promise<Tally> {
  const seeds = await target.seeds();
  const folders = seeds.map((_, index) => join(directory, `seed-${index}`));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const onDisk = seeds.map(() => new Map<string, Uint8Array>());
  const tally = emptyTally();

  for (let index = from; index < to; index++) {
    const { base, files } = caseFiles(target, seeds, { seed, index });
    const folder = folders[base] as string;
    put(files, onDisk[base] as Map<string, Uint8Array>, folder);
    const size = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    const find = (kind: Tally['findings'][number]['kind'], message: string): void => {
      tally.findings.push({ case: index, kind, message });
    };

    watch.onCase?.(index);
    watch.largestAllocation();
    let { milliseconds, error } = await timed(() => target.read(folder, { base, files }));
    const bytes = watch.largestAllocation();
    // A collection of garbage, or another thread's work, may be counted: only what is slow twice is slow.
    if (milliseconds > limits.milliseconds) {
      milliseconds = Math.min(
        milliseconds,
        (await timed(() => target.read(folder, { base, files }))).milliseconds,
      );
    }

    tally.cases += 1;
    tally.slowestMilliseconds = Math.max(tally.slowestMilliseconds, milliseconds);
    if (milliseconds > limits.milliseconds) find('hang', `${Math.round(milliseconds)} ms`);
    const limit = Math.max(limits.allocationFloor, limits.allocationOfFiles * size);
    if (target.allocatesAsFiles && bytes > limit) find('allocation', `${bytes} bytes for files of ${size}`);
    if (bytes > limits.allocationFloor) {
      const { largestAllocation } = tally;
      largestAllocation.bytes = Math.max(largestAllocation.bytes, bytes);
      largestAllocation.ofFiles = Math.max(largestAllocation.ofFiles, bytes / size);
    }
    if (error === undefined) tally.accepted += 1;
    else {
      const code = target.errorCode(error.value);
      if (code === undefined) find('untyped error', description(error.value));
      else tally.refused[code] = (tally.refused[code] ?? 0) + 1;
    }
  }
  return tally;
}

/** Lets a folder hold these files, writing those only that differ from what is there. */
function put(files: Files, present: Map<string, Uint8Array>, folder: string): void {
  for (const name of present.keys()) {
    if (files.has(name)) continue;
    unlinkSync(join(folder, name));
    present.delete(name);
  }
  for (const [name, content] of files) {
    if (present.get(name) === content) continue;
    const path = join(folder, name);
    if (name.includes('/')) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    present.set(name, content);
  }
}

/** Times an action by its clock, or by the process's computing time where that is less: a busy machine stalls anything. */
async function timed(
  action: () => Promise<void>,
): Promise<{ milliseconds: number; error?: { value: unknown } }> {
  const start = performance.now();
  const before = process.cpuUsage();
  const taken = (): number => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - start, (user + system) / 1_000);
  };
  try {
    await action();
    return { milliseconds: taken() };
  } catch (value) {
    return { milliseconds: taken(), error: { value } };
  }
}

function description(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).slice(0, 1_000) : String(error);
}
