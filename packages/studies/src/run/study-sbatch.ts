import { type StageOrder, stageOrder } from '@ais/workflow';
import { type SubmittableArray, writeSbatch } from '@ais/workflow/slurm';
import { StudyError } from '../errors.js';
import { stagesOfStudies } from '../plan/study-stages.js';
import { studyStore } from '../plan/study-store.js';
import { isPolicySettings, type StudySettings } from '../settings/study-settings.js';
import { namesToAllow } from './study-worker.js';

/** Options of `writeStudySbatch`. */
export interface StudySbatchOptions {
  readonly studies: readonly StudySettings[];
  readonly store: string;
  /** The name of the back end that computes. */
  readonly backend: string;
  /** The studies' own folder, in which their configuration is. */
  readonly out: string;
  /** The folder of the scripts, a new one. */
  readonly directory: string;
  /** In the names of the jobs. */
  readonly title: string;
  /** The words that call `ais`: a path, or a program and its arguments. */
  readonly command: readonly string[];
  /** The working directory of the jobs, from which paths in settings lead; an absolute path. */
  readonly root: string;
  /** Code and servers that the studies use, for the job that writes the report. */
  readonly allow: readonly string[];
  /** Options of sbatch by their long names. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Stages of one array that run at once. */
  readonly limit?: number;
}

/** A study's stages as `submit.sh` submits them. */
export type StudyArray = SubmittableArray;

/**
 * Writes scripts that run on Slurm what of studies is not finished yet: `bash <directory>/submit.sh`. Each stage is a job, and the
 * last one writes data and report.
 *
 * @throws {StudyError} `invalid-settings` for a study with looks, which decides as it goes; {WorkflowError} `invalid-option`
 * @throws as `runStudies` does for a plan that cannot be run
 * @example
 * const { settings, store, backend } = await configureStudies({ name: 'exact' }, 'runs/study-store');
 * const arrays = await writeStudySbatch({
 *   ...{ studies: settings, store, backend, out: 'runs/exact', directory: 'runs/exact/slurm-1', title: 'exact' },
 *   ...{ command: ['ais'], root: process.cwd(), allow: [] },
 * });
 * console.log(arrays.map(({ name }) => name)); // [ '0-exact' ]
 */
export async function writeStudySbatch(options: StudySbatchOptions): Promise<readonly StudyArray[]> {
  const { studies, store, backend, out, directory, title, command, root, allow, flags, limit } = options;
  requireOneLook(studies);
  const plan = await unfinished(studies, backend, store);
  const named = new Set(plan.flatMap((order) => namesToAllow(order, root)));
  return writeSbatch(plan, {
    directory,
    title,
    workingDirectory: root,
    stage: [...command, 'worker', '--store', store, ...allowing([...named])],
    last: [
      ...command,
      'study',
      '--resume',
      '--only-finished',
      '--store',
      store,
      '--out',
      out,
      ...allowing(allow),
    ],
    ...(flags && { flags }),
    ...(limit !== undefined && { limit }),
  });
}

async function unfinished(
  studies: readonly StudySettings[],
  backend: string,
  path: string,
): Promise<StageOrder[]> {
  const store = await studyStore(path);
  const {
    stages,
    names: { title, suffix },
  } = await stagesOfStudies(studies, backend);
  const plan: StageOrder[] = [];
  for (const stage of stages) {
    if ((await store.state(stage)) === 'finished') continue;
    plan.push(stageOrder(stage, store, `${title(stage)}${suffix(stage)}`));
  }
  return plan;
}

/**
 * Checks that scripts can run studies: none has looks, after which it would decide whether to continue.
 *
 * @param remedy the last sentence of the message
 * @throws {StudyError} `invalid-settings` for a study with looks
 * @example
 * const { settings } = await configureStudies({ name: 'fig3', seeds: [6] }, 'runs/study-store');
 * requireOneLook(settings);
 */
export function requireOneLook(
  studies: readonly StudySettings[],
  remedy: string = 'Give one number of seeds.',
): void {
  for (const settings of studies) {
    if (!isPolicySettings(settings) || !settings.looks) continue;
    throw new StudyError(
      'invalid-settings',
      `${settings.study} looks at its claims after ${settings.looks.join(', ')} seeds and decides then whether to go on, which ` +
        `scripts that are written before cannot. ${remedy}`,
    );
  }
}

function allowing(names: readonly string[]): string[] {
  return names.flatMap((name) => ['--allow', name]);
}
