import { join } from 'node:path';
import { loadPretrained } from '@ais/language-model';
import { type ChosenObjective, chooseObjective, prefer } from '@ais/pipeline';
import type { TrainingSettings } from '@ais/pipeline/settings';
import { computeReferenceLogProbs } from '@ais/trainer';
import { readReferenceLogProbs } from '@ais/trainer/runs';
import type { StageContext } from '@ais/workflow';
import type { StudyMethod } from '../data/study-method.js';
import { StudyError } from '../errors.js';
import { withFiles } from './content-names.js';
import { type EvaluatorFolders, type EvaluatorSettings, openEvaluator } from './evaluator.js';
import { behaviorPath, loadPairs, referencePath } from './pairs-stage.js';
import { stageRun } from './step-context.js';

/** What a method optimizes, whatever it is called. */
export type StageMethod = Omit<StudyMethod, 'title'>;

export interface PreferenceStageSettings extends Omit<EvaluatorSettings, 'microBatchSize'> {
  readonly method: StageMethod;
  /** SHA-256 of an objective's package; one that is a file is named by its content. */
  readonly objectiveHash?: string | undefined;
  readonly beta: number;
  readonly training: TrainingSettings;
  /** Pairs, the first ones, whose log-probabilities under the final policy are kept; none by default. */
  readonly finalLogProbs?: number | undefined;
}

export interface TrainingSummary {
  readonly steps: number;
  /** Pairs, or prompts of a method that learns from its own samples. */
  readonly pairs: number;
}

/** Trains the SFT policy with one method on pairs, and evaluates it along the way, into the stage's folder. */
export async function trainOnPairs(
  given: PreferenceStageSettings,
  inputs: EvaluatorFolders & Readonly<Record<'pairs', string>>,
  context: StageContext,
): Promise<TrainingSummary> {
  const settings = withFiles(given, context.hints);
  const { method, beta, training, seed, finalLogProbs = 0 } = settings;
  const { title, directory, signal, progress } = context;
  const chosen = await choosePairMethod(method, beta);
  const { microBatchSize } = training;
  const pairs = await loadPairs(inputs.pairs);
  const { reference, evaluations, dispose } = await openEvaluator(
    inputs,
    { ...settings, microBatchSize },
    context.hints,
  );
  const policy = await loadPretrained(join(inputs.policy, 'model'));
  try {
    const behavior =
      method.behavior === 'data' ? await readReferenceLogProbs(behaviorPath(inputs.pairs)) : undefined;
    // The pairs' own log-probabilities have no tokens. They are another stage's, and are not to change: a run that reads tokens keeps its own.
    const readsTokens = chosen.objective.requires.tokens ?? false;
    const { steps } = await prefer(
      { policy, reference },
      chosen,
      {
        trained: {
          pairs,
          ...(!readsTokens && { referencePath: referencePath(inputs.pairs) }),
          ...(behavior && { behavior }),
        },
        heldOut: { pairs: [] },
      },
      { seed, training, evaluations },
      stageRun(context),
    );
    if (finalLogProbs > 0) {
      await computeReferenceLogProbs(policy, pairs.slice(0, finalLogProbs), {
        microBatchSize,
        signal,
        path: finalLogProbsPath(directory),
        onProgress: (completed, total) =>
          progress({ task: `final policy of ${title}`, completed, total, detail: 'log-probabilities' }),
      });
    }
    return { steps, pairs: pairs.length };
  } finally {
    dispose();
    policy.dispose();
  }
}

/** A method's objective at one β. */
export function chooseMethod(
  { objective, objectiveOptions = {}, importance }: StageMethod,
  beta: number,
): ReturnType<typeof chooseObjective> {
  return chooseObjective({ objective, objectiveOptions, importance, beta });
}

/**
 * A method's objective over pairs at one β.
 *
 * @throws {StudyError} `invalid-settings` for one that learns from something else
 */
export async function choosePairMethod(
  method: StageMethod,
  beta: number,
): Promise<Extract<ChosenObjective, { readonly feedback: 'pairs' }>> {
  const chosen = await chooseMethod(method, beta);
  if (chosen.feedback === 'pairs') return chosen;
  const source = chosen.feedback === 'samples' ? 'its own samples' : 'labeled responses one by one';
  throw new StudyError(
    'invalid-settings',
    `${method.objective} learns from ${source}, and this stage trains on pairs. Choose an objective that learns from pairs.`,
  );
}

/** Where the final policy's log-probabilities of the first pairs are kept. */
export function finalLogProbsPath(directory: string): string {
  return join(directory, 'final-log-probs.json');
}
