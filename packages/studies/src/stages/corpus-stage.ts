import {
  type CorpusRequest,
  type CorpusSummary,
  findModel,
  openModelText,
  prepareCorpus,
  saveCorpus,
} from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';
import { withFiles } from './content-names.js';
import { remarkedStep } from './step-context.js';

export interface CorpusStageSettings {
  /** Its source and its template are content names where they are files. */
  readonly request: CorpusRequest;
  /** Of the tokenizer that is learned from the supervised split, unless one is given. */
  readonly vocabularySize: number;
  /** Folder whose tokenizer and template are used, by its content, or a model's name. */
  readonly tokenizer?: string | undefined;
}

export interface CorpusStageSummary extends CorpusSummary {
  /** What was cut or left out, in words. */
  readonly remarks: readonly string[];
}

/** Reads the source, learns the tokenizer from the supervised split alone, and writes tokenized splits. */
export async function makeCorpus(
  settings: CorpusStageSettings,
  _inputs: object,
  context: StageContext,
): Promise<CorpusStageSummary> {
  const { request, vocabularySize, tokenizer } = withFiles(settings, context.hints);
  const { step, remarks } = remarkedStep(context);
  const corpus = await prepareCorpus(
    request,
    tokenizer === undefined
      ? { vocabularySize }
      : { model: await openModelText(await findModel(tokenizer), request) },
    step,
  );
  await saveCorpus(corpus, context.directory);
  return { ...corpus.summary, remarks };
}
