import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What each update has left in a run's metrics, but for the clock and the memory. */
export type MetricsByStep = ReadonlyMap<number, string>;

/** Reads a run's metrics as they lie there; a last line that a kill has cut off is left out. */
export function metricsByStep(run: string): MetricsByStep {
  const path = join(run, 'metrics.jsonl');
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return new Map(
    lines.map((line) => {
      const values = JSON.parse(line) as Readonly<Record<string, unknown>>;
      const own = Object.entries(values).filter(([name]) => !/^(timing|memory)\//.test(name));
      return [Number(values['step']), JSON.stringify(own)];
    }),
  );
}

/** The updates that both runs have made, and that differ in any number. */
export function differingSteps(found: MetricsByStep, expected: MetricsByStep): number[] {
  return [...found.keys()].filter((step) => expected.has(step) && found.get(step) !== expected.get(step));
}
