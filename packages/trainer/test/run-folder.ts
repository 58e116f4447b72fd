import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type MetricsLine, readMetrics } from '../src/run/metrics-log.js';

/** A folder of each test's own, removed after it. */
export function runFolder(): (name: string) => string {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ais-run-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  return (name) => join(root, name);
}

/** A run's metrics without those that differ from run to run. */
export async function untimedMetrics(directory: string): Promise<Record<string, unknown>[]> {
  return untimed(await readMetrics(join(directory, 'metrics.jsonl')));
}

export function untimed(lines: readonly MetricsLine[]): Record<string, unknown>[] {
  return lines.map((line) =>
    Object.fromEntries(Object.entries(line).filter(([key]) => !/^(timing|memory)\//.test(key))),
  );
}
