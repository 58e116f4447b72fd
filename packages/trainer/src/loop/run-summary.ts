import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointName, listCheckpoints } from '../run/checkpoint.js';
import { type MetricsLine, readMetrics } from '../run/metrics-log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { bestEvaluation, type CheckpointSelection, type EvaluationRecord } from './checkpoint-selection.js';
import type { Metrics, TrainingResult } from './training-options.js';

/** What a run's directory tells about it. */
export async function summarizeRun(
  run: RunDirectory,
  selection?: CheckpointSelection,
): Promise<Omit<TrainingResult, 'seconds' | 'stopped'>> {
  const lines = await readMetrics(run.metrics);
  const last = lines.findLast(({ event }) => event === 'train');
  const checkpoint = (await listCheckpoints(run.checkpoints)).at(-1);
  const evaluations = evaluationsOf(lines);
  const best = selection && bestEvaluation(evaluations, selection);
  const bestCheckpoint = best && join(run.checkpoints, checkpointName(best.step));
  return {
    directory: run.directory,
    steps: lines.findLast(({ event }) => event !== 'evaluate')?.step ?? 0,
    checkpoint: checkpoint?.directory ?? run.checkpoints,
    metrics: last ? numbers(last) : {},
    evaluations,
    ...(best &&
      bestCheckpoint &&
      existsSync(bestCheckpoint) && { best: { ...best, checkpoint: bestCheckpoint } }),
  };
}

/** The evaluations among a run's lines, in order. */
export function evaluationsOf(lines: readonly MetricsLine[]): EvaluationRecord[] {
  return lines
    .filter(({ event }) => event === 'evaluate')
    .map((line) => ({ step: line.step, epoch: line.epoch, metrics: numbers(line) }));
}

function numbers(line: MetricsLine): Metrics {
  const { event: _event, step: _step, epoch: _epoch, ...rest } = line;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => typeof value === 'number')) as Metrics;
}
