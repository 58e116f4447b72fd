import { basename, join, resolve } from 'node:path';
import { readEvaluations } from '@ais/pipeline';
import type { ImportanceSettings } from '@ais/pipeline/settings';
import { readJson } from '@ais/runtime/files';
import { shellWord } from '@ais/runtime/process';
import { readMetrics } from '@ais/trainer/runs';
import { rateAtEqualLength, reportedPoint } from '../collect/reported-evaluations.js';
import { trainingCurve } from '../collect/training-curve.js';
import type { PolicyStudyData, StudyMethod, StudyRun } from '../data/study-data.js';
import { StudyError } from '../errors.js';
import { runComparison } from './run-comparison.js';

/** What config.json of a run of `ais train` says. */
interface RunConfiguration {
  readonly seed?: number;
  readonly backend?: string;
  readonly versions?: Readonly<Record<string, string>>;
  readonly configuration?: {
    readonly command?: string;
    readonly settings?: {
      readonly objective?: string;
      readonly objectiveOptions?: StudyMethod['objectiveOptions'];
      readonly importance?: ImportanceSettings;
      readonly behavior?: StudyMethod['behavior'];
      readonly beta?: number;
      readonly source?: string;
      readonly pairs?: string;
      readonly scorer?: string;
    };
  };
}

/** Samples that are shown side by side. */
const SAMPLES = 8;

/**
 * Runs of `ais train` as the data of one study: their curves, win rates, √KL, and samples. Such a study has no scale.
 *
 * @param folders of finished runs; two with one name are told apart by their paths
 * @param out where the command that makes the data again writes
 * @throws {StudyError} `nothing-to-report` where a folder is not that of a finished preference run, or is named twice
 * @example
 * const { study, runs } = await compareRuns([runFolder]);
 * console.log(study, runs.length); // comparison 1
 */
export async function compareRuns(
  folders: readonly string[],
  out: string = 'runs/comparison',
): Promise<PolicyStudyData> {
  requireDistinct(folders);
  const names = titlesOf(folders);
  const read = await Promise.all(folders.map((folder, index) => readRun(folder, names[index] ?? folder)));
  const [first] = read;
  if (!first) throw new StudyError('nothing-to-report', 'there are no runs to compare.');
  const { backend = '', versions = {} } = first.configuration;
  return {
    study: runComparison.name,
    seeds: [...new Set(read.map(({ run }) => run.seed))].toSorted((a, b) => a - b),
    source: [...new Set(read.map(({ text }) => text))].join(', '),
    command: `ais report ${folders.map(shellWord).join(' ')} --out ${shellWord(out)}`,
    backend,
    versions,
    settings: Object.fromEntries(
      read.flatMap(({ run: { method, seed }, judge }) => [
        [`judge of ${method.title}`, judge],
        [`seed of ${method.title}`, seed],
      ]),
    ),
    seconds: read.reduce((sum, { run }) => sum + run.seconds, 0),
    stages: [],
    runs: read.map(({ run }) => run),
    pairs: [],
    samples: sideBySide(read),
  };
}

function requireDistinct(folders: readonly string[]): void {
  const paths = folders.map((folder) => resolve(folder));
  const twice = folders.find((_, index) => paths.indexOf(paths[index] ?? '') !== index);
  if (twice === undefined) return;
  throw new StudyError('nothing-to-report', `${twice} is named twice. Name each run once.`);
}

type ReadRun = Awaited<ReturnType<typeof readRun>>;

async function readRun(folder: string, title: string) {
  const configuration = await readJson<RunConfiguration>(join(folder, 'config.json'));
  const { command, settings } = configuration?.configuration ?? {};
  if (!configuration || !settings || command !== 'train') {
    throw new StudyError(
      'nothing-to-report',
      `${folder} is not the folder of a run of ais train (${command === undefined ? 'it has no config.json of one' : `it belongs to ais ${command}`}).`,
    );
  }
  const lines = await readMetrics(join(folder, 'metrics.jsonl'));
  const evaluations = await readEvaluations(folder);
  const judged = evaluations.filter(({ winRate, kl }) => winRate && kl);
  const { objective = 'dpo', importance = 'none', beta = Number.NaN } = settings;
  const run: StudyRun = {
    method: {
      title,
      objective,
      importance,
      ...(settings.objectiveOptions && { objectiveOptions: settings.objectiveOptions }),
      ...(settings.behavior && { behavior: settings.behavior }),
    },
    beta,
    data: 'D1',
    seed: configuration.seed ?? 1,
    points: judged.map((evaluation) => ({
      ...reportedPoint(evaluation),
      equalLength: rateAtEqualLength(evaluation),
    })),
    training: trainingCurve(lines),
    seconds: lines.reduce(
      (sum, line) => sum + (typeof line['timing/seconds'] === 'number' ? line['timing/seconds'] : 0),
      0,
    ),
  };
  const { source, pairs, scorer } = settings;
  return {
    configuration,
    run,
    evaluations,
    text: pairs ?? source ?? '',
    judge: scorer ?? (source === 'synthetic' ? 'oracle' : 'none'),
  };
}

/** The last answers of every run to the prompts that all were asked. */
function sideBySide(read: readonly ReadRun[]): PolicyStudyData['samples'] {
  const last = read.map(({ run, evaluations }) => ({
    title: run.method.title,
    responses: new Map(evaluations.at(-1)?.responses.map((response) => [response.id, response])),
  }));
  const [first, ...others] = last;
  if (!first) return [];
  const shared = [...first.responses.values()].filter(({ id }) =>
    others.every(({ responses }) => responses.has(id)),
  );
  return shared.slice(0, SAMPLES).map(({ id, prompt, reference, referenceReward }) => ({
    prompt,
    reference: { text: reference, ...(referenceReward !== undefined && { reward: referenceReward }) },
    responses: last.flatMap(({ title, responses }) => {
      const response = responses.get(id);
      return response ? [{ method: title, text: response.text, reward: response.reward ?? Number.NaN }] : [];
    }),
  }));
}

function titlesOf(folders: readonly string[]): string[] {
  const names = folders.map((folder) => basename(resolve(folder)));
  return names.map((name, index) =>
    names.indexOf(name) === index && names.lastIndexOf(name) === index ? name : (folders[index] ?? name),
  );
}
