import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeldOut, TokenizedPair } from '@ais/data';
import { oracleScore } from '@ais/data/synthetic';
import { loadPretrained } from '@ais/language-model';
import {
  type Corpus,
  type CorpusExample,
  examplesOf,
  openCorpus,
  readPairs,
  responseText,
  splitPairs,
  trainJudge,
} from '@ais/pipeline';
import { readJsonLines, writeJsonLines } from '@ais/runtime/files';
import { sampleResponses } from '@ais/trainer/inference';
import type { StageContext } from '@ais/workflow';
import type { JudgeSettings } from '../settings/study-settings.js';
import { withFiles } from './content-names.js';
import { firstHeldOut, type JudgeSummary, judgeSummary } from './judge-summary.js';
import { remarkedStep, stageRun } from './step-context.js';

export interface GoldStageSettings extends JudgeSettings {
  /**
   * Where its pairs come from: `oracle` orders the reference and two samples of the policy (synthetic text only),
   * `human` prefers the reference to a sample; otherwise comparisons, by the name of their source, or by the content of their file.
   */
  readonly judge: string;
  /** Of comparisons in plain text: `chat` takes them for messages, as the study's source. */
  readonly template?: 'chat' | undefined;
  readonly maxPromptTokens: number;
  readonly longPrompts: 'error' | 'drop';
  readonly longResponses: 'cut' | 'drop';
  readonly maxNewTokens: number;
  readonly seed: number;
}

type GoldFolders = Readonly<Record<'corpus' | 'policy' | 'base', string>>;

/**
 * Trains the gold reward model, which plays the human judge from here on; it ends in `model`.
 *
 * Its pairs come from the reward split, or are given comparisons.
 *
 * @param inputs `policy` samples; the reward model starts from the weights of `base`
 */
export async function trainGold(
  given: GoldStageSettings,
  inputs: GoldFolders,
  context: StageContext,
): Promise<JudgeSummary> {
  const settings = withFiles(given, context.hints);
  const { training, validationFraction, seed } = settings;
  const { step, remarks } = remarkedStep(context);
  const corpus = await openCorpus(inputs.corpus);
  const examples = examplesOf(corpus, 'reward');
  const pairs =
    settings.judge === 'oracle' || settings.judge === 'human'
      ? firstHeldOut(await sampledPairs(settings, inputs, corpus, examples, context), validationFraction)
      : await comparedPairs(settings, corpus, step.onWarning);
  const backbone = await loadPretrained(join(inputs.base, 'model'));
  try {
    const outcome = await trainJudge(
      backbone,
      pairs,
      {
        training,
        seed,
        references: examples.map(({ prompt, response }) => [...prompt, ...response]),
        saveTo: join(context.directory, 'model'),
      },
      stageRun(context),
    );
    return { ...judgeSummary(outcome), remarks };
  } finally {
    backbone.dispose();
  }
}

/** Makes the pairs, or reads those that an interrupted attempt has made. */
async function sampledPairs(
  settings: GoldStageSettings,
  inputs: GoldFolders,
  corpus: Corpus,
  examples: readonly CorpusExample[],
  context: StageContext,
): Promise<TokenizedPair[]> {
  const path = join(context.directory, 'pairs.jsonl');
  const sampled = join(context.directory, 'samples.partial');
  if (existsSync(path)) {
    await rm(sampled, { force: true });
    return readJsonLines(path);
  }
  const sample: SamplePolicy = (samples) =>
    policySamples(settings, inputs, examples, { samples, path: sampled }, context);
  const pairs =
    settings.judge === 'oracle'
      ? oraclePairs(corpus, examples, await sample(2))
      : humanPairs(examples, await sample(1));
  await writeJsonLines(path, pairs);
  await rm(sampled, { force: true });
  return pairs;
}

/** That many responses of the policy to each example. */
type SamplePolicy = (samples: number) => Promise<number[][][]>;

function humanPairs(
  examples: readonly CorpusExample[],
  samples: readonly (readonly number[][])[],
): TokenizedPair[] {
  return examples.flatMap(({ id, prompt, response, family }, index) => {
    const rejected = samples[index]?.[0];
    if (!rejected || equal(response, rejected)) return [];
    return [{ id, prompt, chosen: response, rejected, ...(family !== undefined && { family }) }];
  });
}

function oraclePairs(
  corpus: Corpus,
  examples: readonly CorpusExample[],
  samples: readonly (readonly number[][])[],
): TokenizedPair[] {
  const text = responseText(corpus);
  const pairs: TokenizedPair[] = [];
  for (const [index, example] of examples.entries()) {
    const { id, prompt, promptText, wholePrompt = promptText, response, family } = example;
    const candidates = [response, ...(samples[index] ?? [])].map((tokens) => ({
      tokens,
      score: oracleScore({ id, prompt: wholePrompt }, text(tokens).trim()),
    }));
    for (const [a, b] of pairwise(candidates)) {
      if (a.score === b.score) continue;
      const [chosen, rejected] = a.score > b.score ? [a, b] : [b, a];
      pairs.push({
        id: `${id}/${pairs.length}`,
        prompt,
        chosen: chosen.tokens,
        rejected: rejected.tokens,
        ...(family !== undefined && { family }),
      });
    }
  }
  return pairs;
}

/** Given comparisons, read and split as `ais reward` does it. */
async function comparedPairs(
  { judge, validationFraction, seed, maxPromptTokens, maxNewTokens, ...rules }: GoldStageSettings,
  corpus: Corpus,
  onWarning: (message: string) => void,
): Promise<HeldOut<TokenizedPair>> {
  const { template, longPrompts, longResponses } = rules;
  const pairs = await readPairs(judge, corpus, {
    lengths: { maxPromptTokens, maxResponseTokens: maxNewTokens, longPrompts, longResponses },
    template,
    retokenize: false,
    logProbs: false,
    onWarning,
  });
  const { trained, heldOut } = splitPairs(pairs, validationFraction, seed);
  return { trained: [...trained.pairs], heldOut: [...heldOut.pairs] };
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
    const sampled = await sampleResponses(
      model,
      examples.map(({ prompt }) => prompt),
      {
        ...part,
        maxNewTokens,
        seed,
        signal,
        onProgress: (completed, total) => progress({ task: 'gold samples', completed, total }),
      },
    );
    return sampled.map((own) => own.map(({ tokens }) => tokens));
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
