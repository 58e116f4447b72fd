import { join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import { locateModel } from '@ais/language-model';
import {
  computeReferenceLogProbs,
  evaluatePreference,
  fingerprintExamples,
  policyEvaluator,
  probeObjective,
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
import { type ChosenObjective, chooseObjective } from './objective-registry.js';
import { type PairsFile, readPairs } from './pairs-file.js';
import { startingModel, type TrainingOutcome, withoutRecord } from './run-sft.js';
import { type OpenScorer, openScorer, tokenContext } from './scorers.js';
import type { Settings } from './settings.js';
import { sourcePairs } from './source-pairs.js';
import { forgetSettings, rememberSettings } from './stored-settings.js';
import { evaluationSteps, runSteps, trainingOptions } from './training-options.js';
import { writeTrainingReport } from './training-report.js';

/** `ais train`: a policy from preference pairs, or from its own samples, with any objective. */
export async function runTrain(
  settings: Settings<'train'>,
  context: CommandContext,
): Promise<TrainingOutcome> {
  const chosen = await chooseObjective(settings);
  // An objective from outside fails here, not after an hour.
  await probeObjective(chosen.objective, { rewards: chosen.online });
  if (chosen.online && settings.scorer === undefined && settings.source !== 'synthetic') {
    throw new ConfigurationError(
      'scorer',
      'ais train',
      `${settings.objective} learns from samples, which somebody must score. Name a reward model with --scorer.`,
    );
  }
  const folder = settings.model === undefined ? undefined : await locateModel(settings.model);
  const { data, evaluation } = settings;
  const corpus = await openCorpus(
    settings,
    { preference: data.records, evaluation: data.heldOut, supervised: data.records },
    folder,
  );
  const examples = corpus.examples('preference', data.records);
  const heldOut = corpus.examples('evaluation', Math.min(evaluation.prompts, data.heldOut));
  const judge = settings.scorer ?? (settings.source === 'synthetic' ? 'oracle' : undefined);
  const opened = judge === undefined ? undefined : await openScorer(judge, tokenContext(corpus.tokenizer));
  const policy = await startingModel(settings, corpus, folder);
  const reference = await startingModel(settings, corpus, folder);
  // The KL divergence is measured from where the run began, wherever the reference moves to.
  const start = settings.referenceSync && (await startingModel(settings, corpus, folder));
  const roles: Roles = { policy, reference, ...(opened && { opened }) };
  try {
    const { pairs, behavior }: PairsFile = chosen.online
      ? { pairs: [] }
      : settings.pairs === undefined
        ? { pairs: sourcePairs(examples, settings.source) }
        : await readPairs(settings.pairs, corpus.tokenizer, data, context.onWarning);
    const validation = Math.round(settings.validationFraction * pairs.length);
    const steps = runSteps(settings.training, chosen.online ? examples.length : pairs.length - validation);
    const evaluator = policyEvaluator(heldOut.map(withoutRecord), {
      ...(evaluation.klPrompts > 0 && { reference: start ?? reference }),
      ...(opened && { scorer: opened.scorer }),
      maxNewTokens: data.maxResponseTokens,
      temperature: evaluation.temperature,
      klPrompts: evaluation.klPrompts,
      seed: settings.seed,
    });
    const options: TrainingOptions = {
      ...trainingOptions('train', settings, { ...corpus, parameters: policy.parameters.keys() }, context),
      evaluateAt: evaluationSteps(steps, evaluation.points),
      onEvaluate: async ({ step, steps: total, signal }) => {
        const { metrics, responses } = await evaluator.evaluate(policy, {
          ...(signal && { signal }),
          onProgress: (done, all) =>
            context.onProgress({
              task: 'train',
              completed: step,
              total,
              detail: `evaluating, ${done}/${all}`,
            }),
        });
        await writeJsonLines(
          join(context.directory, 'samples', `step-${step}.jsonl`),
          responses.map(({ id, tokens, reward }) => ({
            id,
            text: corpus.tokenizer
              .decode(tokens.filter((token) => token !== corpus.tokenizer.endOfTextToken))
              .trim(),
            ...(reward !== undefined && { reward }),
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
          splitPairs({ pairs, ...(settings.behavior === 'data' && behavior && { behavior }) }, validation),
          options,
          context,
        );
    return { ...result, report: await writeTrainingReport(context.directory) };
  } finally {
    await forgetSettings(context.directory);
    for (const model of [policy, reference, start]) model?.dispose();
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
  { trained, heldOut }: { readonly trained: PairsFile; readonly heldOut: PairsFile },
  options: TrainingOptions,
  { directory, signal, onProgress }: CommandContext,
): Promise<TrainingResult> {
  if (chosen.feedback !== 'pairs') throw new Error('Samples are learnt from online.');
  await rememberSettings(directory, 'train', settings);
  const microBatchSize = options.microBatchSize ?? options.batchSize;
  const logProbs = (
    task: string,
    pairs: readonly TokenizedPair[],
    file: string,
  ): Promise<ReferenceLogProbs> =>
    computeReferenceLogProbs(reference, pairs, {
      microBatchSize,
      path: join(directory, file),
      signal,
      onProgress: (completed, total) => onProgress({ task, completed, total }),
    });
  const read = chosen.objective.requires.reference;
  const referenceLogProbs = read
    ? await logProbs('reference', trained.pairs, 'reference-log-probs.json')
    : undefined;
  const heldOutLogProbs =
    read && heldOut.pairs.length > 0
      ? await logProbs('held-out reference', heldOut.pairs, 'held-out-reference-log-probs.json')
      : undefined;
  const { onEvaluate } = options;
  const { every, mixup } = settings.referenceSync ?? {};
  return trainPreference(policy, referenceLogProbs, trained.pairs, chosen.objective, {
    ...options,
    ...(trained.behavior && { behaviorLogProbs: trained.behavior }),
    ...(every !== undefined && {
      referenceSync: { model: reference, every, ...(mixup !== undefined && { mixup }) },
    }),
    ...(heldOut.pairs.length > 0 && {
      onEvaluate: async (context) => ({
        ...(await evaluatePreference(policy, heldOutLogProbs, heldOut.pairs, chosen.objective, {
          batchSize: microBatchSize,
          behavior: heldOut.behavior,
          ...(context.signal && { signal: context.signal }),
        })),
        ...(await onEvaluate?.(context)),
      }),
    }),
  });
}

/** The first so many pairs, held out, and the others, with their log-probabilities. */
function splitPairs(
  { pairs, behavior }: PairsFile,
  held: number,
): { readonly trained: PairsFile; readonly heldOut: PairsFile } {
  const part = (from: number, to?: number): PairsFile => {
    const some = pairs.slice(from, to);
    return {
      pairs: some,
      ...(behavior && {
        behavior: {
          chosen: behavior.chosen.slice(from, to),
          rejected: behavior.rejected.slice(from, to),
          fingerprint: { ...behavior.fingerprint, data: fingerprintExamples(some) },
        },
      }),
    };
  };
  return { trained: part(held), heldOut: part(0, held) };
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
  const { every, mixup } = settings.referenceSync ?? {};
  const sampling = {
    ...options,
    maxNewTokens: data.maxResponseTokens,
    missingEndPenalty,
    ...(every !== undefined && { referenceSync: { every, ...(mixup !== undefined && { mixup }) } }),
  };
  return chosen.feedback === 'samples'
    ? trainPolicyGradient(roles, prompts, chosen.objective, { ...sampling, samples })
    : trainOnlinePreference(roles, prompts, chosen.objective, { ...sampling, labels });
}
