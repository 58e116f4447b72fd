import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type PreferencePairsCounts,
  preferencePairs,
  type ScoredPair,
  type ScoredResponse,
} from '@ais/data/preferences';
import {
  compareAll,
  type ItemPair,
  isPairwise,
  type PairwiseJudge,
  type Scorer,
  scoreAll,
} from '@ais/gold-eval';
import { type CausalLanguageModel, loadPretrained, type PromptResponse } from '@ais/language-model';
import { type Corpus, type CorpusExample, examplesOf, openCorpus } from '@ais/pipeline';
import { readJsonLines, writeJsonLines } from '@ais/runtime/files';
import { computeReferenceLogProbs, type ReferenceLogProbs } from '@ais/trainer';
import { sampleResponses } from '@ais/trainer/inference';
import { fingerprintExamples, inParts, openPartialWork } from '@ais/trainer/runs';
import type { StageContext } from '@ais/workflow';
import { mean } from '../data/mean.js';
import { openGold } from './judge-folder.js';

export interface PairsStageSettings {
  /** Whether one response of each pair is the text's own, and the sampler gives the other; both are sampled by default. */
  readonly references?: boolean | undefined;
  /** The model in the sampler's folder; `model` by default. */
  readonly checkpoint?: 'early' | 'late' | undefined;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly microBatchSize: number;
  /** Whether any method reads the reference's log-probabilities; true by default. */
  readonly referenceLogProbs?: boolean | undefined;
}

export interface PairsSummary extends PreferencePairsCounts {
  /** Mean of the chosen response's gold reward minus the rejected one's. */
  readonly meanMargin: number;
  /** Mean gold reward of all sampled responses: how good the policy is that they came from. */
  readonly meanReward: number;
}

type PairsFolders = Readonly<Record<'corpus' | 'policy' | 'gold', string>> &
  Readonly<Partial<Record<'sampler', string>>>;

/**
 * Samples two responses per prompt, or one beside the text's own, lets the judge order them, and computes their reference log-probabilities once for all
 * methods that read them.
 *
 * @param inputs `policy` is π_ref; `sampler` holds the behavior policy where that is another model, and then its
 *   log-probabilities are kept too, unless half of the responses are not its
 */
export async function samplePairs(
  settings: PairsStageSettings,
  inputs: PairsFolders,
  context: StageContext,
): Promise<PairsSummary> {
  const { microBatchSize, references = false, referenceLogProbs = true } = settings;
  const { directory, signal, progress } = context;
  const corpus = await openCorpus(inputs.corpus);
  const examples = examplesOf(corpus, 'preference');
  const { endOfTextToken } = corpus.tokenizer;
  const policy = await loadPretrained(join(inputs.policy, 'model'));
  const sampler =
    inputs.sampler === undefined
      ? policy
      : await loadPretrained(join(inputs.sampler, settings.checkpoint ?? 'model'));
  try {
    const responses = await scoredResponses(settings, inputs, sampler, corpus, examples, context);
    const { pairs, counts } = preferencePairs(examples, responses, { endOfTextToken });
    await writeJsonLines(join(directory, 'pairs.jsonl'), pairs);
    const logProbs = (model: CausalLanguageModel, path: string, task: string): Promise<ReferenceLogProbs> =>
      computeReferenceLogProbs(model, pairs, {
        microBatchSize,
        path,
        signal,
        onProgress: (completed, total) => progress({ task, completed, total, detail: 'log-probabilities' }),
      });
    if (referenceLogProbs) await logProbs(policy, referencePath(directory), 'reference');
    // Who wrote the text's own responses is no policy that could be asked.
    if (sampler !== policy && !references) await logProbs(sampler, behaviorPath(directory), 'behavior');
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
  { maxNewTokens, seed, references = false }: PairsStageSettings,
  { gold }: PairsFolders,
  sampler: CausalLanguageModel,
  corpus: Corpus,
  examples: readonly CorpusExample[],
  context: StageContext,
): Promise<ScoredResponse[]> {
  const { directory, signal, progress, hints } = context;
  const path = join(directory, 'responses.jsonl');
  const sampled = join(directory, 'samples.partial');
  const scored = join(directory, 'scores.partial');
  const removeParts = async (): Promise<void> => {
    for (const partial of [sampled, scored]) await rm(partial, { force: true });
  };
  if (existsSync(path)) {
    await removeParts();
    return readJsonLines(path);
  }
  const prompts = examples.map(({ prompt }) => prompt);
  const samples = await sampleResponses(sampler, prompts, {
    samples: references ? 1 : 2,
    maxNewTokens,
    seed,
    path: sampled,
    signal,
    onProgress: (completed, total) => progress({ task: 'preference samples', completed, total }),
  });
  const responses = samples.flatMap((own, prompt) => [
    ...(references ? [{ prompt, tokens: examples[prompt]?.response ?? [] }] : []),
    ...own.map(({ tokens }) => ({ prompt, tokens })),
  ]);
  const judge = await openGold(gold, corpus, hints);
  try {
    const items = responses.map(({ prompt, tokens }) => ({
      prompt: prompts[prompt] ?? [],
      response: tokens,
    }));
    const scores = isPairwise(judge.scorer)
      ? await sharesWon(judge.scorer, items, context)
      : await scoresInParts(judge.scorer, items, scored, context);
    const found = responses.map((response, index) => ({ ...response, score: scores[index] ?? Number.NaN }));
    await writeJsonLines(path, found);
    await removeParts();
    return found;
  } finally {
    judge.dispose();
  }
}

/** Responses in a part: what an interruption may lose. */
const PART = 1024;

async function scoresInParts(
  scorer: Scorer<PromptResponse>,
  items: readonly PromptResponse[],
  path: string,
  { signal, progress }: StageContext,
): Promise<number[]> {
  const inputs = { scorer: scorer.name, responses: fingerprintExamples(items) };
  const work = await openPartialWork<number[]>(path, inputs, 'if-same');
  const parts = await inParts(work, Math.ceil(items.length / PART), (part) => {
    const start = part * PART;
    // A part in one call: a reward model batches it by length.
    return scoreAll(scorer, items.slice(start, start + PART), {
      batchSize: PART,
      signal,
      onProgress: (completed) =>
        progress({ task: 'gold labels', completed: start + completed, total: items.length }),
    });
  });
  return parts.flat();
}

/**
 * Of a judge that compares: 1 for the better response of two, 0 for the worse one, ½ for each of two that tie.
 *
 * Its cache keeps what an interrupted attempt was told.
 *
 * @param items the two responses to a prompt beside each other
 */
async function sharesWon(
  judge: PairwiseJudge<ItemPair<PromptResponse>>,
  items: readonly PromptResponse[],
  { signal, progress }: StageContext,
): Promise<number[]> {
  const pairs = items.flatMap((a, index) => {
    const b = items[index + 1];
    return index % 2 === 0 && b ? [{ a, b }] : [];
  });
  const verdicts = await compareAll(judge, pairs, {
    signal,
    onProgress: (completed, total) => progress({ task: 'gold labels', completed, total }),
  });
  return verdicts.flatMap(({ outcome }) => [outcome, 1 - outcome]);
}
