import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  loadTokenizer,
  parsePrompt,
  splitRecords,
  type TextRecord,
  type Tokenizer,
  tokenizeRecord,
  trainTokenizer,
} from '@ais/data';
import { readJsonLines, writeJsonLines } from '../json-lines.js';
import { openSummaries } from './open-summaries.js';
import type { StageContext } from './stage-context.js';
import type { CorpusSettings } from './stage-settings.js';

/** One record as the stages use it: its text, and its tokens after truncation. */
export interface CorpusExample {
  readonly id: string;
  readonly subreddit: string;
  readonly title: string;
  readonly post: string;
  readonly summary: string;
  readonly prompt: number[];
  /** The reference summary's tokens, end-of-text included. */
  readonly response: number[];
}

export const splitNames = ['supervised', 'reward', 'preference', 'evaluation'] as const;
export type SplitName = (typeof splitNames)[number];

export interface CorpusStageSettings {
  readonly source: string;
  /** Of a file: SHA-256 of what is in it, so that another content is another corpus. */
  readonly sourceHash?: string | undefined;
  /** Decides which record goes into which split, and the text of a synthetic source. */
  readonly seed: number;
  readonly corpus: CorpusSettings;
  /** Folder or repository whose tokenizer is used; one is learned where absent. */
  readonly tokenizer?: string | undefined;
  /** Of a tokenizer in a folder: SHA-256 of its files. */
  readonly tokenizerHash?: string | undefined;
  /** Of a data set that is split already: the split that each stage reads. Where absent, one is split by content. */
  readonly splits?: Readonly<Record<SplitName, string>> | undefined;
}

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
  /** SHA-256 of what all splits hold, in hexadecimal; a corpus that an older version made lacks it. */
  readonly fingerprint?: string;
}

/** Reads the source, trains the tokenizer on the supervised split alone, and writes tokenized splits. */
export async function prepareCorpus(
  settings: CorpusStageSettings,
  _folders: object,
  directory: string,
  { title, progress }: StageContext,
): Promise<CorpusSummary> {
  const report = (completed: number, detail: string): void =>
    progress({ task: title, completed, total: 3, detail });
  const splits = await readSplits(settings, (records) => report(0, `${records} records read`));
  report(1, 'tokenizer');
  const tokenizer =
    settings.tokenizer === undefined
      ? await trainTokenizer(texts(splits.supervised), { vocabularySize: settings.corpus.vocabularySize })
      : await loadTokenizer(settings.tokenizer);
  await tokenizer.save(directory);
  const summary = await writeSplits(splits, tokenizer, settings, directory, (records) =>
    report(2, `${records} records tokenized`),
  );
  report(3, `${summary.records} records`);
  return summary;
}

/** The tokenizer of a corpus folder. */
export function loadCorpusTokenizer(corpus: string): Promise<Tokenizer> {
  return loadTokenizer(corpus);
}

/** A split of a corpus folder. */
export function loadSplit(corpus: string, split: SplitName): Promise<CorpusExample[]> {
  return readJsonLines(join(corpus, `${split}.jsonl`));
}

/** Tokens as text, without end-of-text. */
export function decodeResponse(tokenizer: Tokenizer, tokens: readonly number[]): string {
  return tokenizer.decode(tokens.filter((token) => token !== tokenizer.endOfTextToken)).trim();
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

/** Records after which progress is reported. */
const REPORTED_RECORDS = 1000;

async function readSplits(
  { source, seed, corpus, splits }: CorpusStageSettings,
  report: (records: number) => void,
): Promise<Record<SplitName, TextRecord[]>> {
  let count = 0;
  report(count);
  const read = async (split?: string): Promise<TextRecord[]> => {
    const records = splitNames.reduce((sum, name) => sum + corpus[name], 0);
    const all: TextRecord[] = [];
    const opened = openSummaries(source, { seed, records, ...(split !== undefined && { split }) });
    for await (const record of opened.records()) {
      all.push(record);
      count += 1;
      if (count % REPORTED_RECORDS === 0) report(count);
    }
    return all;
  };
  if (splits) {
    const sets = new Map<string, TextRecord[]>();
    for (const split of new Set(Object.values(splits))) sets.set(split, await read(split));
    return bySplit((name) => sets.get(splits[name]) ?? []);
  }
  // The evaluation split is small, so its share is the most uncertain: it gets twice its due.
  const due = bySplit((name) => corpus[name] * (name === 'evaluation' ? 2 : 1));
  const sum = splitNames.reduce((total, name) => total + due[name], 0);
  return splitRecords(await read(), { fractions: bySplit((name) => due[name] / sum), seed });
}

function* texts(records: readonly TextRecord[]): Iterable<string> {
  for (const record of records) yield record.prompt + record.response;
}

async function writeSplits(
  splits: Record<SplitName, TextRecord[]>,
  tokenizer: Tokenizer,
  { corpus, source }: CorpusStageSettings,
  directory: string,
  report: (records: number) => void,
): Promise<CorpusSummary> {
  const hash = createHash('sha256');
  report(0);
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
      const { id } = record;
      const text = parsePrompt(record.prompt) ?? { subreddit: '', title: '', post: record.prompt };
      const { subreddit, title, post } = text;
      const summary = record.response.trim();
      const example: CorpusExample = { id, subreddit, title, post, summary, prompt, response };
      examples.push(example);
      // As it is written: the fingerprint is that of the files, one after another.
      hash.update(`${JSON.stringify(example)}\n`);
      truncatedPrompts += Number(truncated);
      boundaryMerges += Number(boundaryMerged);
      promptTokens += prompt.length;
      responseTokens += response.length;
      if (examples.length % REPORTED_RECORDS === 0) {
        report(records + examples.length);
        // Tokenizing never waits: without this, nothing would be drawn meanwhile.
        await setImmediate();
      }
    }
    if (examples.length < corpus[split]) {
      throw new CorpusTooSmallError(source, split, corpus[split], examples.length);
    }
    records += examples.length;
    await writeJsonLines(join(directory, `${split}.jsonl`), examples);
  }
  return {
    records,
    splits: bySplit((name) => corpus[name]),
    truncatedPrompts,
    boundaryMerges,
    longSummaries,
    meanPromptTokens: promptTokens / records,
    meanResponseTokens: responseTokens / records,
    fingerprint: hash.digest('hex'),
  };
}

function bySplit<T>(value: (name: SplitName) => T): Record<SplitName, T> {
  return Object.fromEntries(splitNames.map((name) => [name, value(name)])) as Record<SplitName, T>;
}
