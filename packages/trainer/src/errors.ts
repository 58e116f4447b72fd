import { AisError, type ErrorExit } from '@ais/runtime/errors';

/** Everything that can go wrong in @ais/trainer, by code. */
export type TrainerErrorCode =
  | 'invalid-option'
  | 'unsupported-objective'
  | 'reference-mismatch'
  | 'invalid-shards'
  | 'run-directory-exists'
  | 'configuration-mismatch'
  | 'checkpoint-mismatch'
  | 'damaged-run-directory'
  | 'missing-reference'
  | 'missing-column'
  | 'missing-gradients'
  | 'non-finite'
  | 'non-finite-model'
  | 'not-reproduced'
  | 'other-process'
  | 'interrupted';

/** An error of @ais/trainer; `code` tells which, and the message names the remedy. */
export class TrainerError extends AisError<TrainerErrorCode> {
  static override readonly package: string = '@ais/trainer';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'invalid-option': 'usage',
    'missing-column': 'usage',
    interrupted: 'interrupted',
  } satisfies Partial<Record<TrainerErrorCode, ErrorExit>>;
  override readonly name: string = 'TrainerError';
}

/** The run was stopped by its signal; what was done so far is in a checkpoint, from which `resume` continues. */
export class TrainingInterrupted extends TrainerError {
  static override readonly codes: readonly string[] = ['interrupted'];
  override readonly name: string = 'TrainingInterrupted';
  /** Updates done. */
  readonly step: number;
  /** The folder of the checkpoint that was written. */
  readonly checkpoint: string;

  constructor(step: number, checkpoint: string) {
    super(
      'interrupted',
      `Training was interrupted after step ${step}. Resume from ${checkpoint} with { resume: true }.`,
    );
    this.step = step;
    this.checkpoint = checkpoint;
  }
}

/** A loss, gradient, or parameter became NaN or infinite; nothing of that step was applied or saved. */
export class NonFiniteTraining extends TrainerError {
  static override readonly codes: readonly string[] = ['non-finite'];
  override readonly name: string = 'NonFiniteTraining';
  /** What was not finite. */
  readonly what: 'loss' | 'gradient' | 'parameters';
  /** The step that failed, counted from 1. */
  readonly step: number;
  /** The records whose own loss was not finite; the whole batch where the gradient alone was not. */
  readonly recordIds: readonly string[];
  /** The metrics of the last step that was whole. */
  readonly lastMetrics: Readonly<Record<string, number>>;
  /** The parameters whose gradients are not finite (or that are not themselves, where they are `what`). */
  readonly parameters: readonly string[];
  /** The folder of a dump that reproduces the step. */
  readonly dump: string | undefined;

  constructor(
    what: 'loss' | 'gradient' | 'parameters',
    step: number,
    recordIds: readonly string[],
    lastMetrics: Readonly<Record<string, number>>,
    details: { readonly parameters?: readonly string[]; readonly dump?: string } = {},
  ) {
    const { parameters = [], dump } = details;
    const when =
      what === 'parameters'
        ? `The parameters are not finite after step ${step}, and were not saved`
        : `The ${what} of step ${step} is not finite; nothing of it was applied`;
    const where = parameters.length > 0 ? `; parameters: ${firstOf(parameters)}` : '';
    const message = [
      `${when} (records: ${firstOf(recordIds)}${where}). Lower the learning rate, clip the gradient, or look at these records.`,
      ...(dump ? [`{ replay: ${JSON.stringify(dump)} } repeats the step.`] : []),
      ...(Object.keys(lastMetrics).length > 0 ? [`Last whole step: ${JSON.stringify(lastMetrics)}.`] : []),
    ];
    super('non-finite', message.join(' '));
    this.what = what;
    this.step = step;
    this.recordIds = recordIds;
    this.lastMetrics = lastMetrics;
    this.parameters = parameters;
    this.dump = dump;
  }
}

function firstOf(names: readonly string[]): string {
  return names.slice(0, 8).join(', ') + (names.length > 8 ? `, and ${names.length - 8} more` : '');
}

/** A run, or work in a file, is resumed with settings, data, or a model other than those it was started with. */
export class ConfigurationMismatch extends TrainerError {
  static override readonly codes: readonly string[] = ['configuration-mismatch'];
  override readonly name: string = 'ConfigurationMismatch';
  /** The first key that differs, as a path through config.json: `training.learningRate`. */
  readonly key: string;
  /** The value that the run was started with, and the one that it was to be resumed with. */
  readonly stored: unknown;
  readonly given: unknown;

  /** @param kind of the place that holds the run */
  constructor(
    key: string,
    place: string,
    stored: unknown,
    given: unknown,
    kind: 'directory' | 'file' = 'directory',
  ) {
    // Settings that a caller has recorded are known by their own names.
    const setting = key.replace(/^(configuration\.)?settings\./, '');
    super(
      'configuration-mismatch',
      `The ${kind === 'file' ? 'work' : 'run'} in ${place} was started with a different ${setting}: ` +
        `${JSON.stringify(stored)} there, ${JSON.stringify(given)} now. Resume with the same value, or choose another ${kind}.`,
    );
    this.key = key;
    this.stored = stored;
    this.given = given;
  }
}
