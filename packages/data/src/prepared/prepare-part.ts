import { DataError } from '../errors.js';
import type { ArrowRow } from '../formats/arrow-columns.js';
import { ArrowFileWriter } from '../formats/arrow-file.js';
import { contentHash } from '../records/content-hash.js';
import type { ComparisonRecord, PromptRecord, RecordKind, TextRecord } from '../records/record.js';
import { splitText } from '../records/split-records.js';
import { tokenizeComparison } from '../tokenize/tokenize-comparison.js';
import { isConcatenation, tokenizeRecord } from '../tokenize/tokenize-record.js';
import { withoutEndText } from '../tokenize/without-end-text.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { type DroppedRecord, PREPARED_COLUMNS, type PreparationSettings } from './prepared-manifest.js';

type Hashes = {
  /** Of what must not be in two splits. */
  readonly textHash: 'text';
  /** Of the whole record: equal for duplicates. */
  readonly contentHash: 'text';
};
const HASHES: Hashes = { textHash: 'text', contentHash: 'text' };

/** A part's rows bring, beside the set's columns, hashes by which records are the same. */
export const PART_COLUMNS: { readonly [Kind in RecordKind]: (typeof PREPARED_COLUMNS)[Kind] & Hashes } = {
  text: { ...PREPARED_COLUMNS.text, ...HASHES },
  comparisons: { ...PREPARED_COLUMNS.comparisons, ...HASHES },
};

/** What came of some consecutive records. */
export interface PartReport {
  readonly sha256: string;
  readonly dropped: readonly DroppedRecord[];
}

type PartSettings = Pick<
  PreparationSettings,
  'kind' | 'maxPromptTokens' | 'maxResponseTokens' | 'longResponses' | 'onError'
>;

/**
 * Tokenizes some records and writes them to an Arrow file of one batch.
 *
 * @param lines the records, one JSON object a line: one at a time is made of it, so that few are in memory
 * @throws {DataError} at the first record whose prompt cannot be cut to fit, where errors stop
 */
export async function preparePart(
  lines: Uint8Array,
  tokenizer: Tokenizer,
  settings: PartSettings,
  path: string,
): Promise<PartReport> {
  const writer = await ArrowFileWriter.create(path, PART_COLUMNS[settings.kind]);
  const dropped: DroppedRecord[] = [];
  for (const record of recordsOf(lines)) {
    const result = attempt(record, settings, () =>
      PREPARE[settings.kind](record as never, tokenizer, settings),
    );
    if ('reason' in result) dropped.push(result);
    else writer.add(result as never);
  }
  return { sha256: (await writer.close()).sha256, dropped };
}

function* recordsOf(lines: Uint8Array): Generator<TextRecord | ComparisonRecord> {
  const decoder = new TextDecoder();
  let end: number;
  for (let start = 0; start < lines.length; start = end + 1) {
    end = lines.indexOf(LINE_BREAK, start);
    yield JSON.parse(decoder.decode(lines.subarray(start, end)));
  }
}

const LINE_BREAK = 0x0a;

/** A row of a part of either kind. */
export type PartRow = ArrowRow<(typeof PART_COLUMNS)[RecordKind]>;

const PREPARE = { text: prepareText, comparisons: prepareComparison };

function prepareText(
  record: TextRecord,
  tokenizer: Tokenizer,
  settings: PartSettings,
): ArrowRow<(typeof PART_COLUMNS)['text']> | DroppedRecord {
  const { id, response: text } = record;
  if (withoutEndText(text, tokenizer).trim() === '') {
    return { id, reason: 'empty-response', detail: 'the response is empty' };
  }
  const { prompt, response, ...flags } = tokenizeRecord(record, tokenizer, limits(settings));
  if (flags.responseTruncated && settings.longResponses === 'drop') return longResponse(id, settings);
  const textHash = contentHash(splitText(record));
  return {
    ...promptColumns(record),
    response: text,
    promptTokens: prompt,
    responseTokens: response,
    truncated: flags.truncated,
    responseTruncated: flags.responseTruncated,
    boundaryMerged: flags.boundaryMerged,
    textHash,
    contentHash: contentHash(`${textHash} ${text}`),
  };
}

function promptColumns({ id, prompt, cut, family }: PromptRecord): {
  id: string;
  prompt: string;
  cut: readonly number[];
  family: string | null;
} {
  return { id, prompt, cut: cut ?? [], family: family ?? null };
}

function prepareComparison(
  record: ComparisonRecord,
  tokenizer: Tokenizer,
  settings: PartSettings,
): ArrowRow<(typeof PART_COLUMNS)['comparisons']> | DroppedRecord {
  const { id, chosen, rejected } = record;
  const empty = (['chosen', 'rejected'] as const).find(
    (field) => withoutEndText(record[field], tokenizer).trim() === '',
  );
  if (empty) return { id, reason: 'empty-response', detail: `the ${empty} response is empty` };
  const tokens = tokenizeComparison(record, tokenizer, limits(settings));
  if (tokens.responseTruncated && settings.longResponses === 'drop') return longResponse(id, settings);
  // Responses that differ may be the same once they are cut.
  if (isConcatenation(tokens.chosen, tokens.rejected, [])) {
    return { id, reason: 'identical-responses', detail: 'chosen and rejected have the same tokens' };
  }
  const textHash = contentHash(splitText(record));
  return {
    ...promptColumns(record),
    chosen,
    rejected,
    promptTokens: tokens.prompt,
    chosenTokens: tokens.chosen,
    rejectedTokens: tokens.rejected,
    truncated: tokens.truncated,
    responseTruncated: tokens.responseTruncated,
    boundaryMerged: tokens.boundaryMerged,
    textHash,
    contentHash: contentHash(`${textHash} ${contentHash(chosen)} ${contentHash(rejected)}`),
  };
}

function limits({ maxPromptTokens, maxResponseTokens }: PartSettings): {
  maxPromptTokens: number;
  maxResponseTokens: number;
} {
  return { maxPromptTokens, maxResponseTokens: maxResponseTokens ?? Number.POSITIVE_INFINITY };
}

function longResponse(id: string, { maxResponseTokens }: PartSettings): DroppedRecord {
  return { id, reason: 'long-response', detail: `a response has more than ${maxResponseTokens} tokens` };
}

/** What a record can be dropped for where errors do not stop. */
const DROPPABLE = ['empty-post', 'prompt-too-long'] as const;

function attempt<T>({ id }: { id: string }, { onError }: PartSettings, prepare: () => T): T | DroppedRecord {
  try {
    return prepare();
  } catch (error) {
    const reason = error instanceof DataError && DROPPABLE.find((code) => code === error.code);
    if (onError === 'stop' || !reason) throw error;
    return { id, reason, detail: (error as DataError).message.replace(/^@ais\/data: /, '') };
  }
}
