import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, readJsonLines, writeJson, writeJsonLines } from '@ais/runtime/files';
import { PipelineError } from '../errors.js';
import { splitNames } from '../settings/command-settings.js';
import type { Corpus, CorpusExample, CorpusSummary } from './corpus.js';
import { openModelText, savedText } from './model-text.js';

const SUMMARY = 'corpus.json';

interface StoredCorpus {
  readonly source: string;
  readonly summary: CorpusSummary;
}

/**
 * Writes a corpus into a folder: tokenizer, template, and a JSONL file for each split.
 *
 * @param directory made if there is none; what it holds of another corpus is replaced
 * @example
 * await saveCorpus(corpus, 'corpus');
 * console.log((await openCorpus('corpus')).summary.records); // 40
 */
export async function saveCorpus(corpus: Corpus, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await savedText(corpus, { source: corpus.source }).save(directory);
  for (const split of splitNames) {
    await writeJsonLines(join(directory, `${split}.jsonl`), [...corpus.splits[split]]);
  }
  const stored: StoredCorpus = { source: corpus.source, summary: corpus.summary };
  await writeJson(join(directory, SUMMARY), stored);
}

/**
 * Opens what `saveCorpus` wrote.
 *
 * @throws {PipelineError} `unreadable-file` if the folder holds no corpus; `another-tokenizer` if its tokenizer was replaced
 * @example
 * await saveCorpus(corpus, 'corpus');
 * const { source, splits } = await openCorpus('corpus');
 * console.log(source, splits.supervised.length, splits.evaluation.length); // synthetic 32 8
 */
export async function openCorpus(directory: string): Promise<Corpus> {
  const stored = await readJson<StoredCorpus>(join(directory, SUMMARY));
  if (!stored)
    throw new PipelineError('unreadable-file', `${directory} holds no corpus: it has no ${SUMMARY}.`);
  const text = await openModelText(directory);
  const [supervised = [], reward = [], preference = [], evaluation = []] = await Promise.all(
    splitNames.map((split) => readJsonLines<CorpusExample>(join(directory, `${split}.jsonl`))),
  );
  return { ...stored, ...text, splits: { supervised, reward, preference, evaluation } };
}
