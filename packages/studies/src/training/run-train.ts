import { join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import {
  computeReferenceLogProbs,
  evaluatePolicy,
  type ReferenceLogProbs,
  type TrainingOptions,
  type TrainingResult,
  trainOnlinePreference,
  trainPolicyGradient,
  trainPreference,
} from '@ais/trainer';
import { writeJsonLines } from '../json-lines.js';
import type { CommandContext } from './command-context.js';
import { ConfigurationError } from './configuration-error.js';
import { openCorpus } from './corpus.js';
import { modelFolder } from './model-folder.js';
import { type ChosenObjective, chooseObjective } from './objective-registry.js';
import { readPairs } from './pairs-file.js';
import { startingModel, type TrainingOutcome, withoutRecord } from './run-sft.js';
import { corpusContext, type OpenScorer, openScorer } from './scorers.js';
import type { Settings } from './settings.js';
import { sourcePairs } from './source-pairs.js';
import { evaluationSteps, runSteps, trainingOptions } from './training-options.js';
import { writeTrainingReport } from './training-report.js';

/** `ais train`: a policy from preference pairs, or from its own samples, with any objective. */
export async function runTrain(
  settings: Settings<'train'>,
  context: CommandContext,
): Promise<TrainingOutcome> {
  const chosen = await chooseObjective(settings);
  if (chosen.online && settings.scorer === undefined && settings.source !== 'synthetic') {
    throw new ConfigurationError(
      'scorer',
      'ais train',
      `${settings.objective} learns from samples, which somebody must score. Name a reward model with --scorer.`,
    );
  }
  const folder = settings.model === undefined ? undefined : await modelFolder(settings.model, 'model');
  const { data, evaluation } = settings;
  const corpus = await openCorpus(
    settings,
    { preference: data.records, evaluation: data.heldOut, supervised: data.records },
    folder,
  );
  const examples = corpus.examples('preference', data.records);
  const heldOut = corpus.examples('evaluation', Math.min(evaluation.prompts, data.heldOut));
  const judge = settings.scorer ?? (settings.source === 'synthetic' ? 'oracle' : undefined);
  const opened =
    judge === undefined
      ? undefined
      : await openScorer(judge, corpusContext(corpus.tokenizer, [...examples, ...heldOut]));
  const policy = await startingModel(settings, corpus, folder);
  const reference = await startingModel(settings, corpus, folder);
  const roles: Roles = { policy, reference, ...(opened && { opened }) };
  try {
    const { pairs, behavior } = chosen.online
      ? { pairs: [] }
      : settings.pairs === undefined
        ? { pairs: sourcePairs(examples, settings.source) }
        : await readPairs(settings.pairs, corpus.tokenizer, data, context.onWarning);
    const steps = runSteps(settings.training, chosen.online ? examples.length : pairs.length);
    const options: TrainingOptions = {
      ...trainingOptions('train', settings, corpus.tokenizer, context),
      evaluateAt: evaluationSteps(steps, evaluation.points),
      onEvaluate: async ({ step, signal }) => {
        const { metrics, responses } = await evaluatePolicy(policy, heldOut.map(withoutRecord), {
          ...(evaluation.klPrompts > 0 && { reference }),
          ...(opened && { scorer: opened.scorer }),
          maxNewTokens: data.maxResponseTokens,
          temperature: evaluation.temperature,
          klPrompts: evaluation.klPrompts,
          seed: settings.seed,
          ...(signal && { signal }),
        });
        await writeJsonLines(
          join(context.directory, 'samples', `step-${step}.jsonl`),
          responses.map(({ id, tokens, reward }) => ({
            id,
            text: corpus.tokenizer
              .decode(tokens.filter((token) => token !== corpus.tokenizer.endOfTextToken))
              .trim(),
            ...(opened && { reward }),
          })),
        );
        return metrics;
      },
    };
    const result = chosen.online
      ? await trainOnline(settings, chosen, roles, examples, options)
      : await trainOffline(
          settings,
          chosen,
          roles,
          { pairs, ...(behavior && { behavior }) },
          options,
          context,
        );
    return { ...result, report: await writeTrainingReport(context.directory) };
  } finally {
    for (const model of [policy, reference]) model.dispose();
    opened?.dispose();
  }
}

interface Roles {
  readonly policy: CausalLanguageModel;
  readonly reference: CausalLanguageModel;
  readonly opened?: OpenScorer;
}

async function trainOffline(
  settings: Settings<'train'>,
  chosen: ChosenObjective,
  { policy, reference }: Roles,
  { pairs, behavior }: { readonly pairs: readonly TokenizedPair[]; readonly behavior?: ReferenceLogProbs },
  options: TrainingOptions,
  { directory, signal, onProgress }: CommandContext,
): Promise<TrainingResult> {
  if (chosen.feedback !== 'pairs') throw new Error('Samples are learnt from online.');
  const referenceLogProbs = await computeReferenceLogProbs(reference, pairs, {
    microBatchSize: options.microBatchSize ?? options.batchSize,
    path: join(directory, 'reference-log-probs.json'),
    signal,
    onProgress: (completed, total) => onProgress({ task: 'reference', completed, total }),
  });
  return trainPreference(policy, referenceLogProbs, pairs, chosen.objective, {
    ...options,
    ...(settings.behavior === 'data' && behavior && { behaviorLogProbs: behavior }),
  });
}

function trainOnline(
  settings: Settings<'train'>,
  chosen: ChosenObjective,
  { policy, reference, opened }: Roles,
  examples: readonly { readonly id: string; readonly prompt: readonly number[] }[],
  options: TrainingOptions,
): Promise<TrainingResult> {
  if (!opened) throw new Error('A scorer is due.');
  const roles = { policy, reference, scorer: opened.scorer };
  const prompts = examples.map(({ id, prompt }) => ({ id, prompt }));
  const { data, samples, missingEndPenalty, labels } = settings;
  const sampling = { ...options, maxNewTokens: data.maxResponseTokens, missingEndPenalty };
  return chosen.feedback === 'samples'
    ? trainPolicyGradient(roles, prompts, chosen.objective, { ...sampling, samples })
    : trainOnlinePreference(roles, prompts, chosen.objective, { ...sampling, labels });
}
