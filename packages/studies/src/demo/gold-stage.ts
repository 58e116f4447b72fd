import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { oracleScore, type TokenizedPair, type Tokenizer } from '@ais/data';
import {
  type CausalLanguageModel,
  createRewardModel,
  loadPretrained,
  saveRewardModel,
} from '@ais/language-model';
import { trainRewardModel } from '@ais/trainer';
import { readJsonLines, writeJsonLines } from '../json-lines.js';
import { runStage, type StageRecord } from '../stage.js';
import { countParameters } from './count-parameters.js';
import type { DemoContext } from './demo-context.js';
import { type CorpusExample, loadCorpusTokenizer, loadSplit } from './demo-corpus.js';
import { sampleResponses } from './sample-responses.js';
import { trainingOptions } from './training-options.js';

export interface GoldSummary {
  readonly parameters: number;
  readonly trainingPairs: number;
  readonly validationPairs: number;
  /** Share of the held-out pairs that the gold model orders as their labels do. */
  readonly validationAccuracy: number;
}

/**
 * Trains the gold reward model, which stands for the human judge from here on; it ends in `gold/model`.
 *
 * Its pairs come from the reward split. On real text the human's summary is preferred to a sample of the SFT
 * policy; on synthetic text the oracle orders the reference and two samples.
 *
 * @param base folder of the model whose weights the reward model starts from
 */
export async function trainGold(
  context: DemoContext,
  supervisedKeys: readonly string[],
  base: 'sft' | 'gold-sft',
): Promise<StageRecord<GoldSummary>> {
  const { settings } = context;
  const { seed, source, gold } = settings;
  return runStage({
    name: 'gold',
    directory: join(context.directory, 'gold'),
    inputs: { supervisedKeys, gold, source, seed, microBatchSize: settings.microBatchSize },
    run: async (directory) => {
      const examples = await loadSplit(context.directory, 'reward');
      const pairs = await goldPairs(context, examples, join(directory, 'pairs.jsonl'));
      const held = Math.round(gold.validationFraction * pairs.length);
      const backbone = await loadPretrained(join(context.directory, base, 'model'));
      const model = createRewardModel(backbone, { seed });
      backbone.dispose();
      try {
        const result = await trainRewardModel(model, pairs.slice(held), {
          ...trainingOptions(context, 'gold reward model', directory, gold.training),
          validationPairs: pairs.slice(0, held),
          references: examples.map(({ prompt, response }) => [...prompt, ...response]),
        });
        await saveRewardModel(model, join(directory, 'model'));
        return {
          parameters: countParameters(model),
          trainingPairs: pairs.length - held,
          validationPairs: held,
          validationAccuracy: result.validationAccuracy,
        };
      } finally {
        model.dispose();
      }
    },
  });
}

/** Makes the pairs, or reads those that an interrupted attempt has made. */
async function goldPairs(
  context: DemoContext,
  examples: readonly CorpusExample[],
  path: string,
): Promise<TokenizedPair[]> {
  if (existsSync(path)) return readJsonLines(path);
  const tokenizer = await loadCorpusTokenizer(context.directory);
  const policy = await loadPretrained(join(context.directory, 'sft', 'model'));
  try {
    const pairs =
      context.settings.source === 'synthetic'
        ? await oraclePairs(context, policy, examples, tokenizer)
        : await humanPairs(context, policy, examples);
    await writeJsonLines(path, pairs);
    return pairs;
  } finally {
    policy.dispose();
  }
}

async function humanPairs(
  context: DemoContext,
  policy: CausalLanguageModel,
  examples: readonly CorpusExample[],
): Promise<TokenizedPair[]> {
  const samples = await sampleResponses(context, policy, examples, 1, 'gold samples');
  return examples.flatMap(({ id, prompt, response }, index) => {
    const rejected = samples[index]?.[0];
    return rejected && !equal(response, rejected) ? [{ id, prompt, chosen: response, rejected }] : [];
  });
}

async function oraclePairs(
  context: DemoContext,
  policy: CausalLanguageModel,
  examples: readonly CorpusExample[],
  tokenizer: Tokenizer,
): Promise<TokenizedPair[]> {
  const samples = await sampleResponses(context, policy, examples, 2, 'gold samples');
  const pairs: TokenizedPair[] = [];
  for (const [index, example] of examples.entries()) {
    const candidates = [example.response, ...(samples[index] ?? [])].map((tokens) => ({
      tokens,
      score: oracleScore(example, text(tokens, tokenizer)),
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

function text(tokens: readonly number[], tokenizer: Tokenizer): string {
  return tokenizer.decode(tokens.filter((token) => token !== tokenizer.endOfTextToken)).trim();
}

function pairwise<T>(values: readonly T[]): [T, T][] {
  return values.flatMap((a, index) => values.slice(index + 1).map((b): [T, T] => [a, b]));
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
