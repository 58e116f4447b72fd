import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openComparisons, oracleScore, type TokenizedPair, tokenizeComparison } from '@ais/data';
import { loadPretrained } from '@ais/language-model';
import { sampleResponses } from '@ais/trainer';
import { readJsonLines, writeJsonLines } from '../json-lines.js';
import { type CorpusExample, decodeResponse, loadCorpusTokenizer, loadSplit } from './corpus-stage.js';
import type { StageContext } from './stage-context.js';
import type { GoldTrainingSettings } from './stage-settings.js';
import { type JudgeSummary, trainJudge } from './train-judge.js';

export interface GoldStageSettings {
  readonly gold: GoldTrainingSettings;
  /**
   * Where its pairs come from: `oracle` orders the reference and two samples of the policy (synthetic text only),
   * `human` prefers the reference to a sample; otherwise people's comparisons, by the name of their source.
   */
  readonly judge: string;
  /** Of people's comparisons in a file: SHA-256 of what is in it. */
  readonly sourceHash?: string | undefined;
  readonly maxPromptTokens: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly microBatchSize: number;
}

type GoldFolders = Readonly<Record<'corpus' | 'policy' | 'base', string>>;

/**
 * Trains the gold reward model, which stands for the human judge from here on; it ends in `model`.
 *
 * Its pairs come from the reward split, or from people's comparisons.
 *
 * @param folders `policy` samples; the reward model starts from the weights of `base`
 */
export async function trainGold(
  settings: GoldStageSettings,
  folders: GoldFolders,
  directory: string,
  context: StageContext,
): Promise<JudgeSummary> {
  const { gold } = settings;
  const examples = await loadSplit(folders.corpus, 'reward');
  const pairs = await goldPairs(settings, folders, examples, directory, context);
  return trainJudge(gold, { base: folders.base, pairs, examples }, { ...settings, directory }, context);
}

/** Makes the pairs, or reads those that an interrupted attempt has made. */
async function goldPairs(
  settings: GoldStageSettings,
  folders: GoldFolders,
  examples: readonly CorpusExample[],
  directory: string,
  context: StageContext,
): Promise<TokenizedPair[]> {
  const path = join(directory, 'pairs.jsonl');
  const sampled = join(directory, 'samples.partial');
  if (existsSync(path)) {
    await rm(sampled, { force: true });
    return readJsonLines(path);
  }
  const sample: SamplePolicy = (samples) =>
    policySamples(settings, folders, examples, { samples, path: sampled }, context);
  const pairs =
    settings.judge === 'oracle'
      ? await oraclePairs(folders, examples, sample)
      : settings.judge === 'human'
        ? await humanPairs(examples, sample)
        : await comparedPairs(settings, folders);
  await writeJsonLines(path, pairs);
  await rm(sampled, { force: true });
  return pairs;
}

/** So many responses of the policy to each example. */
type SamplePolicy = (samples: number) => Promise<number[][][]>;

async function humanPairs(
  examples: readonly CorpusExample[],
  sample: SamplePolicy,
): Promise<TokenizedPair[]> {
  const samples = await sample(1);
  return examples.flatMap(({ id, prompt, response }, index) => {
    const rejected = samples[index]?.[0];
    return rejected && !equal(response, rejected) ? [{ id, prompt, chosen: response, rejected }] : [];
  });
}

async function oraclePairs(
  folders: GoldFolders,
  examples: readonly CorpusExample[],
  sample: SamplePolicy,
): Promise<TokenizedPair[]> {
  const tokenizer = await loadCorpusTokenizer(folders.corpus);
  const samples = await sample(2);
  const pairs: TokenizedPair[] = [];
  for (const [index, example] of examples.entries()) {
    const candidates = [example.response, ...(samples[index] ?? [])].map((tokens) => ({
      tokens,
      score: oracleScore({ id: example.id, prompt: example.post }, decodeResponse(tokenizer, tokens)),
    }));
    for (const [a, b] of pairwise(candidates)) {
      if (a.score === b.score) continue;
      const [chosen, rejected] = a.score > b.score ? [a, b] : [b, a];
      pairs.push({
        id: `${example.id}/${pairs.length}`,
        prompt: example.prompt,
        chosen: chosen.tokens,
        rejected: rejected.tokens,
      });
    }
  }
  return pairs;
}

/** People's comparisons, those of one post beside each other: so at most one post is both learnt from and held out. */
async function comparedPairs(
  { judge, maxPromptTokens, maxNewTokens }: GoldStageSettings,
  { corpus }: GoldFolders,
): Promise<TokenizedPair[]> {
  const tokenizer = await loadCorpusTokenizer(corpus);
  const byPost = new Map<string, TokenizedPair[]>();
  for await (const record of openComparisons(judge).records()) {
    const { prompt, chosen, rejected } = tokenizeComparison(record, tokenizer, {
      maxPromptTokens,
      maxResponseTokens: maxNewTokens,
    });
    if (equal(chosen, rejected)) continue;
    const post = record.family ?? record.prompt;
    byPost.set(post, [...(byPost.get(post) ?? []), { id: record.id, prompt, chosen, rejected }]);
  }
  return [...byPost.values()].flat();
}

async function policySamples(
  { maxNewTokens, seed }: GoldStageSettings,
  { policy }: GoldFolders,
  examples: readonly CorpusExample[],
  part: { readonly samples: number; readonly path: string },
  { signal, progress }: StageContext,
): Promise<number[][][]> {
  const model = await loadPretrained(join(policy, 'model'));
  try {
    const prompts = examples.map(({ prompt }) => prompt);
    const samples = await sampleResponses(model, prompts, {
      ...{ ...part, maxNewTokens, seed, signal },
      onProgress: (completed, total) => progress({ task: 'gold samples', completed, total }),
    });
    return samples.map((own) => own.map(({ tokens }) => tokens));
  } finally {
    model.dispose();
  }
}

function pairwise<T>(values: readonly T[]): [T, T][] {
  return values.flatMap((a, index) => values.slice(index + 1).map((b): [T, T] => [a, b]));
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
