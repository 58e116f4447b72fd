import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendReport } from '@ais/runtime';
import { runStages } from '@ais/workflow';
import { readJson, writeJson } from '../durable-json.js';
import type { DemoReportData } from '../report/demo-report-data.js';
import type { StageProgress } from '../stages/stage-context.js';
import { stageExecutor } from '../stages/stage-executor.js';
import { demoReportData } from './collect-report-data.js';
import { type DemoSettings, parseDemoSettings } from './demo-settings.js';
import { demoStages, demoStore } from './demo-stages.js';
import { writeDemoReport } from './report-files.js';
import { RunDirectoryError } from './run-directory-error.js';

export interface DemoOptions {
  readonly settings: DemoSettings;
  /** The run directory: new or empty, unless `resume` is set. */
  readonly directory: string;
  /** Go on with the run that the directory holds. */
  readonly resume?: boolean;
  /** The back end that runs, as `useBackend` reported it; recorded, and given to the processes that train. */
  readonly backend: BackendReport;
  /** Stages at work at once, each in a process of its own; 1 does them one after another in this one. */
  readonly processes?: number;
  /** The command that reproduces the run, for the report. */
  readonly command?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
}

export interface DemoResult {
  readonly data: DemoReportData;
  /** Path of the report. */
  readonly report: string;
}

/** What stands in a demo's `config.json`. */
interface DemoConfiguration {
  readonly settings: DemoSettings;
  readonly backend: string;
  readonly command: string;
}

/**
 * The whole of the paper in small: SFT, gold reward model, gold-labelled pairs, DPO and AIS-DPO from the same
 * model, and along their epoch the win rate and the exact KL; ends with `report.html` in the run directory.
 *
 * Every stage leaves its result in a folder of its own, so a run that was stopped goes on with `resume`.
 *
 * @throws {RunDirectoryError} if the directory holds files and `resume` is not set, or a run of other settings
 * @throws {TrainingInterrupted} or an `AbortError` when the signal stops it
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { directory, processes = 1, signal = new AbortController().signal, onProgress = () => {} } = options;
  const { settings, command } = await openRun(options);
  const stages = demoStages(settings, options.backend.backend);
  const { store, names } = demoStore(directory, stages);
  const { failures } = await runStages(
    stages.methods.map(({ stage }) => stage),
    { store, names, executor: stageExecutor(store, processes), signal, progress: onProgress },
  );
  const [first] = failures;
  if (first) throw first.error;
  signal.throwIfAborted();

  const data = await demoReportData({ directory, settings, backend: options.backend, command });
  return { data, report: await writeDemoReport(directory, data) };
}

/** The settings of the run that a directory holds, for `resume`. */
export async function readDemoSettings(directory: string): Promise<DemoSettings | undefined> {
  const configuration = await readJson<DemoConfiguration>(join(directory, 'config.json'));
  return configuration && parseDemoSettings(configuration.settings);
}

async function openRun(options: DemoOptions): Promise<DemoConfiguration> {
  const { directory, settings, backend, command = '', resume = false } = options;
  const given: DemoConfiguration = { settings, backend: backend.backend, command };
  const path = join(directory, 'config.json');
  const found = await readJson<DemoConfiguration>(path);
  if (found) {
    if (!resume) {
      throw new RunDirectoryError(
        `@ais/studies: ${directory} holds a run already. Go on with it (--resume), or choose another folder (--out).`,
      );
    }
    const difference = firstDifference(found, { ...given, command: found.command });
    if (difference) {
      throw new RunDirectoryError(
        `@ais/studies: ${directory} holds a run with another ${difference}. Resume it as it was, or choose another folder.`,
      );
    }
    return found;
  }
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) {
    throw new RunDirectoryError(
      `@ais/studies: ${directory} is not empty and holds no run. Choose another folder (--out).`,
    );
  }
  await writeJson(path, given);
  return given;
}

/** Path of the first value that differs, such as `settings.preference.beta`. */
function firstDifference(a: unknown, b: unknown, path = ''): string | undefined {
  if (a === b) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inner = path ? `${path}.${key}` : key;
    const difference = firstDifference(
      (a as Record<string, unknown>)[key],
      (b as Record<string, unknown>)[key],
      inner,
    );
    if (difference) return difference;
  }
  return undefined;
}
