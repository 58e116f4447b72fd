import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PreferencePairsCounts, preferencePairs, type ScoredPair, type ScoredResponse } from '@ais/data';
import {
  type CausalLanguageModel,
  loadPretrained,
  loadRewardModel,
  type RewardModel,
} from '@ais/language-model';
import {
  computeReferenceLogProbs,
  fingerprintExamples,
  fingerprintParameters,
  inParts,
  openPartialWork,
  type ReferenceLogProbs,
  sampleResponses,
  scoreSequences,
} from '@ais/trainer';
import { readJsonLines, writeJsonLines } from '../json-lines.js';
import { type CorpusExample, loadCorpusTokenizer, loadSplit } from './corpus-stage.js';
import type { StageContext } from './stage-context.js';

export interface PairsStageSettings {
  /** The model in the sampler's folder; `model` where absent. */
  readonly checkpoint?: 'early' | 'late' | undefined;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly microBatchSize: number;
}

export interface PairsSummary extends PreferencePairsCounts {
  /** Mean of the chosen response's gold reward minus the rejected one's. */
  readonly meanMargin: number;
  /** Mean gold reward of all sampled responses: how good the policy is that they came from. */
  readonly meanReward: number;
}

type PairsFolders = Readonly<Record<'corpus' | 'policy' | 'gold', string>> &
  Partial<Record<'sampler', string>>;

/**
 * Samples two responses a prompt, lets the gold model order them, and computes their reference log-probabilities, which
 * every method uses.
 *
 * @param folders `policy` is π_ref; `sampler` holds the behavior policy where that is another model, and then its
 *   log-probabilities are kept too
 */
export async function labelPairs(
  settings: PairsStageSettings,
  folders: PairsFolders,
  directory: string,
  context: StageContext,
): Promise<PairsSummary> {
  const { microBatchSize } = settings;
  const { signal, progress } = context;
  const examples = await loadSplit(folders.corpus, 'preference');
  const { endOfTextToken } = await loadCorpusTokenizer(folders.corpus);
  const policy = await loadPretrained(join(folders.policy, 'model'));
  const sampler =
    folders.sampler === undefined
      ? policy
      : await loadPretrained(join(folders.sampler, settings.checkpoint ?? 'model'));
  try {
    const responses = await scoredResponses(settings, folders, sampler, examples, directory, context);
    const { pairs, counts } = preferencePairs(examples, responses, { endOfTextToken });
    await writeJsonLines(join(directory, 'pairs.jsonl'), pairs);
    const logProbs = (model: CausalLanguageModel, path: string, task: string): Promise<ReferenceLogProbs> =>
      computeReferenceLogProbs(model, pairs, {
        microBatchSize,
        path,
        signal,
        onProgress: (completed, total) => progress({ task, completed, total, detail: 'log-probabilities' }),
      });
    await logProbs(policy, referencePath(directory), 'reference');
    if (sampler !== policy) await logProbs(sampler, behaviorPath(directory), 'behavior');
    return {
      ...counts,
      meanMargin: mean(pairs.map(({ margin }) => margin)),
      meanReward: mean(responses.map(({ score }) => score)),
    };
  } finally {
    if (sampler !== policy) sampler.dispose();
    policy.dispose();
  }
}

/** The pairs of a folder, with the gold rewards that ordered them. */
export function loadPairs(directory: string): Promise<ScoredPair[]> {
  return readJsonLines(join(directory, 'pairs.jsonl'));
}

/** Where the reference log-probabilities of a folder's pairs are kept. */
export function referencePath(directory: string): string {
  return join(directory, 'reference-log-probs.json');
}

/** Where those of the policy that sampled the pairs are kept, where it is not the reference. */
export function behaviorPath(directory: string): string {
  return join(directory, 'behavior-log-probs.json');
}

/** Samples and scores, or reads what an interrupted attempt has sampled and scored. */
async function scoredResponses(
  { maxNewTokens, seed }: PairsStageSettings,
  folders: PairsFolders,
  sampler: CausalLanguageModel,
  examples: readonly CorpusExample[],
  directory: string,
  context: StageContext,
): Promise<ScoredResponse[]> {
  const path = join(directory, 'responses.jsonl');
  const sampled = join(directory, 'samples.partial');
  const labelled = join(directory, 'scores.partial');
  const removeParts = async (): Promise<void> => {
    for (const partial of [sampled, labelled]) await rm(partial, { force: true });
  };
  if (existsSync(path)) {
    await removeParts();
    return readJsonLines(path);
  }
  const prompts = examples.map(({ prompt }) => prompt);
  const samples = await sampleResponses(sampler, prompts, {
    ...{ samples: 2, maxNewTokens, seed, path: sampled, signal: context.signal },
    onProgress: (completed, total) => context.progress({ task: 'preference samples', completed, total }),
  });
  const responses = samples.flatMap((own, prompt) => own.map(({ tokens }) => ({ prompt, tokens })));
  const gold = await loadRewardModel(join(folders.gold, 'model'));
  try {
    const sequences = responses.map(({ prompt, tokens }) => [...(examples[prompt]?.prompt ?? []), ...tokens]);
    const scores = await goldScores(gold, sequences, labelled, context);
    const scored = responses.map((response, index) => ({ ...response, score: scores[index] ?? Number.NaN }));
    await writeJsonLines(path, scored);
    await removeParts();
    return scored;
  } finally {
    gold.dispose();
  }
}

/** Sequences in a part: what an interruption may lose. */
const PART_SEQUENCES = 1024;

async function goldScores(
  gold: RewardModel,
  sequences: readonly (readonly number[])[],
  path: string,
  { signal, progress }: StageContext,
): Promise<number[]> {
  const inputs = {
    model: await fingerprintParameters(gold.parameters),
    offset: gold.offset,
    sequences: fingerprintExamples(sequences),
  };
  const work = await openPartialWork<number[]>(path, inputs, 'if-same');
  const parts = await inParts(work, Math.ceil(sequences.length / PART_SEQUENCES), (part) => {
    const start = part * PART_SEQUENCES;
    return scoreSequences(gold, sequences.slice(start, start + PART_SEQUENCES), {
      signal,
      onProgress: (completed) =>
        progress({ task: 'gold labels', completed: start + completed, total: sequences.length }),
    });
  });
  return parts.flat();
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
