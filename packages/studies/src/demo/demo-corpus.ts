import { join } from 'node:path';
import {
  formatPrompt,
  formatResponse,
  loadTokenizer,
  type SummarizationRecord,
  splitRecords,
  type Tokenizer,
  tokenizeRecord,
  trainTokenizer,
} from '@ais/data';
import { readJsonLines, writeJsonLines } from '../json-lines.js';
import { runStage, type StageRecord } from '../stage.js';
import type { DemoContext } from './demo-context.js';
import type { DemoSettings } from './demo-settings.js';
import { demoSource } from './demo-source.js';

/** One record as the demo's stages use it: its text, and its tokens after truncation. */
export interface CorpusExample extends SummarizationRecord {
  readonly prompt: number[];
  /** The reference summary's tokens, end-of-text included. */
  readonly response: number[];
}

export const splitNames = ['supervised', 'reward', 'preference', 'evaluation'] as const;
export type SplitName = (typeof splitNames)[number];

/** What was done to the corpus, for the report. */
export interface CorpusSummary {
  readonly records: number;
  readonly splits: Readonly<Record<SplitName, number>>;
  readonly truncatedPrompts: number;
  /** Records whose prompt and response tokenize differently when joined. */
  readonly boundaryMerges: number;
  /** Records dropped because their reference summary has more tokens than a response may have. */
  readonly longSummaries: number;
  readonly meanPromptTokens: number;
  readonly meanResponseTokens: number;
}

/** Reads the source, trains the tokenizer on the supervised split alone, and writes tokenized splits. */
export async function prepareCorpus(context: DemoContext): Promise<StageRecord<CorpusSummary>> {
  const { settings } = context;
  const { source, seed, corpus } = settings;
  return runStage({
    name: 'corpus',
    directory: join(context.directory, 'corpus'),
    inputs: { source, seed, corpus },
    run: async (directory) => {
      const splits = await readSplits(settings);
      context.progress({ task: 'corpus', completed: 1, total: 3, detail: 'tokenizer' });
      const tokenizer = await trainTokenizer(texts(splits.supervised), {
        vocabularySize: corpus.vocabularySize,
      });
      await tokenizer.save(directory);
      context.progress({ task: 'corpus', completed: 2, total: 3, detail: 'tokens' });
      const summary = await writeSplits(splits, tokenizer, settings, directory);
      context.progress({ task: 'corpus', completed: 3, total: 3, detail: `${summary.records} records` });
      return summary;
    },
  });
}

export function loadCorpusTokenizer(directory: string): Promise<Tokenizer> {
  return loadTokenizer(join(directory, 'corpus'));
}

export function loadSplit(directory: string, split: SplitName): Promise<CorpusExample[]> {
  return readJsonLines(join(directory, 'corpus', `${split}.jsonl`));
}

/** A corpus that holds fewer records than the settings ask for. */
export class CorpusTooSmallError extends Error {
  override readonly name = 'CorpusTooSmallError';
  constructor(source: string, split: SplitName, wanted: number, found: number) {
    super(
      `@ais/studies: the source "${source}" gives ${found} records for the ${split} split where ${wanted} are ` +
        'asked for. Ask for fewer records, or use a larger corpus.',
    );
  }
}

async function readSplits(settings: DemoSettings): Promise<Record<SplitName, SummarizationRecord[]>> {
  const { corpus, seed } = settings;
  const all: SummarizationRecord[] = [];
  for await (const record of demoSource(settings).records()) all.push(record);
  const fractions = Object.fromEntries(
    // The evaluation split is small, so its share is the most uncertain: it gets twice its due.
    splitNames.map((name) => [name, corpus[name] * (name === 'evaluation' ? 2 : 1)]),
  ) as Record<SplitName, number>;
  const share = Object.values(fractions).reduce((sum, value) => sum + value, 0);
  for (const name of splitNames) fractions[name] /= share;
  return splitRecords(all, { fractions, seed }) as Record<SplitName, SummarizationRecord[]>;
}

function* texts(records: readonly SummarizationRecord[]): Iterable<string> {
  for (const record of records) yield formatPrompt(record) + formatResponse(record.summary);
}

async function writeSplits(
  splits: Record<SplitName, SummarizationRecord[]>,
  tokenizer: Tokenizer,
  settings: DemoSettings,
  directory: string,
): Promise<CorpusSummary> {
  const { corpus, source } = settings;
  let [records, truncatedPrompts, boundaryMerges, longSummaries, promptTokens, responseTokens] = [
    0, 0, 0, 0, 0, 0,
  ];
  for (const split of splitNames) {
    const examples: CorpusExample[] = [];
    for (const record of splits[split]) {
      if (examples.length === corpus[split]) break;
      const tokenized = tokenizeRecord(record, tokenizer, {
        maxPromptTokens: corpus.maxPromptTokens,
        maxResponseTokens: corpus.maxResponseTokens,
      });
      const { prompt, response, truncated, responseTruncated, boundaryMerged } = tokenized;
      if (responseTruncated) {
        longSummaries += 1;
        continue;
      }
      const { id, subreddit, title, post, summary } = record;
      examples.push({ id, subreddit, title, post, summary, prompt, response });
      truncatedPrompts += Number(truncated);
      boundaryMerges += Number(boundaryMerged);
      promptTokens += prompt.length;
      responseTokens += response.length;
    }
    if (examples.length < corpus[split]) {
      throw new CorpusTooSmallError(source, split, corpus[split], examples.length);
    }
    records += examples.length;
    await writeJsonLines(join(directory, `${split}.jsonl`), examples);
  }
  return {
    records,
    splits: Object.fromEntries(splitNames.map((name) => [name, corpus[name]])) as Record<SplitName, number>,
    truncatedPrompts,
    boundaryMerges,
    longSummaries,
    meanPromptTokens: promptTokens / records,
    meanResponseTokens: responseTokens / records,
  };
}
