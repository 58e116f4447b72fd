import {
  type CorpusRequest,
  type CorpusSummary,
  findModel,
  openModelText,
  prepareCorpus,
  saveCorpus,
} from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';
import { stepContext } from './step-context.js';

export interface CorpusStageSettings {
  readonly request: CorpusRequest;
  /** Of a file: SHA-256 of what is in it, so that another content is another corpus. */
  readonly sourceHash?: string | undefined;
  /** Of a template that is a file: SHA-256 of what is in it. */
  readonly templateHash?: string | undefined;
  /** Of the tokenizer that is learned from the supervised split, unless one is given. */
  readonly vocabularySize: number;
  /** Folder whose tokenizer and template are used. */
  readonly tokenizer?: string | undefined;
  /** SHA-256 of that tokenizer's files. */
  readonly tokenizerHash?: string | undefined;
}

export interface CorpusStageSummary extends CorpusSummary {
  /** What was cut or left out, in words. */
  readonly remarks: readonly string[];
}

/** Reads the source, learns the tokenizer from the supervised split alone, and writes tokenized splits. */
export async function makeCorpus(
  { request, vocabularySize, tokenizer }: CorpusStageSettings,
  _inputs: object,
  context: StageContext,
): Promise<CorpusStageSummary> {
  const { step, remarks } = stepContext(context);
  const corpus = await prepareCorpus(
    request,
    tokenizer === undefined ? { vocabularySize } : { model: await openModelText(await findModel(tokenizer)) },
    step,
  );
  await saveCorpus(corpus, context.directory);
  return { ...corpus.summary, remarks };
}
