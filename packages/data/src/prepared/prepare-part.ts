import { DataError, type DataErrorPlace } from '../errors.js';
import type { ArrowRow } from '../formats/arrow-columns.js';
import { ArrowFileWriter } from '../formats/arrow-file.js';
import { contentHash, duplicateHash } from '../records/content-hash.js';
import type { ComparisonRecord, RecordKind, TextRecord } from '../records/record.js';
import { splitText } from '../records/split-records.js';
import { isConcatenation } from '../tokenize/continuation.js';
import { tokenizeComparison } from '../tokenize/tokenize-comparison.js';
import { tokenizeRecord } from '../tokenize/tokenize-record.js';
import { isLongPrompt } from '../tokenize/truncate-prompt.js';
import { withoutEndText } from '../tokenize/without-end-text.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { hashWords } from './hash-table.js';
import { type DroppedRecord, PREPARED_COLUMNS, type PreparationSettings } from './prepared-manifest.js';

type Hashes = {
  /** Of what must not be in two splits. */
  readonly textHash: 'text';
  /** Of the whole record, in four words: equal for duplicates. */
  readonly recordHash: 'integers';
};
const HASHES: Hashes = { textHash: 'text', recordHash: 'integers' };

/** A part's rows bring, beside the set's columns, hashes by which records are the same. */
export const PART_COLUMNS: { readonly [Kind in RecordKind]: (typeof PREPARED_COLUMNS)[Kind] & Hashes } = {
  text: { ...PREPARED_COLUMNS.text, ...HASHES },
  comparisons: { ...PREPARED_COLUMNS.comparisons, ...HASHES },
};

/** Records to tokenize, and the file to write them to. */
export interface PartJob {
  /** One JSON object a line; a buffer of its own, which is transferred to the thread that does the job. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Where each record is from, which is no part of what it says. */
  readonly places: readonly (DataErrorPlace | undefined)[];
  readonly path: string;
}

/** What came of some consecutive records. */
export interface PartReport {
  readonly sha256: string;
  /** Records that are in the part, and how many of them have a family. */
  readonly rows: number;
  readonly families: number;
  readonly dropped: readonly DroppedRecord[];
}

type PartSettings = Pick<
  PreparationSettings,
  'kind' | 'maxPromptTokens' | 'maxResponseTokens' | 'longResponses' | 'longPrompts'
>;

/**
 * Tokenizes some records and writes them to an Arrow file of one batch.
 *
 * @param job the records, one JSON object a line, of which one at a time is made, so that few are in memory
 * @throws {DataError} at the first record whose prompt cannot be made to fit, unless these are dropped
 */
export async function preparePart(
  { lines, places, path }: PartJob,
  tokenizer: Tokenizer,
  settings: PartSettings,
): Promise<PartReport> {
  // A part is compared with its hash before it is used: waiting for the disk, four times a part, would take longer than the work.
  const writer = await ArrowFileWriter.create(path, PART_COLUMNS[settings.kind], { flush: false });
  const dropped: DroppedRecord[] = [];
  let families = 0;
  try {
    for (const record of recordsOf(lines, places)) {
      const result = attempt(record, settings, () =>
        PREPARE[settings.kind](record as never, tokenizer, settings),
      );
      if ('reason' in result) dropped.push(result);
      else {
        writer.add(result as never);
        if (result.family !== null) families++;
      }
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const { sha256, rows } = await writer.close();
  return { sha256, rows, families, dropped };
}

function* recordsOf(lines: Uint8Array, places: PartJob['places']): Generator<TextRecord | ComparisonRecord> {
  const decoder = new TextDecoder();
  let end: number;
  let index = 0;
  for (let start = 0; start < lines.length; start = end + 1) {
    end = lines.indexOf(LINE_BREAK, start);
    const record = JSON.parse(decoder.decode(lines.subarray(start, end)));
    const place = places[index++];
    yield place === undefined ? record : { ...record, place };
  }
}

const LINE_BREAK = 0x0a;

const PREPARE = { text: prepareText, comparisons: prepareComparison };

function prepareText(
  record: TextRecord,
  tokenizer: Tokenizer,
  settings: PartSettings,
): ArrowRow<(typeof PART_COLUMNS)['text']> | DroppedRecord {
  const { id, prompt: promptText, cut = [], response: text, family = null } = record;
  if (withoutEndText(text, tokenizer).trim() === '') {
    return { id, reason: 'empty-response', detail: 'the response is empty' };
  }
  const { prompt, response, ...flags } = tokenizeRecord(record, tokenizer, limits(settings));
  if (flags.responseTruncated && settings.longResponses === 'drop') return longResponse(id, settings);
  const textHash = contentHash(splitText(record));
  const promptHash = promptHashOf(record, textHash);
  // One literal, without a spread: a million of these are made.
  return {
    id,
    prompt: promptText,
    cut,
    family,
    response: text,
    promptTokens: prompt,
    responseTokens: response,
    truncated: flags.truncated,
    responseTruncated: flags.responseTruncated,
    boundaryMerged: flags.boundaryMerged,
    textHash,
    recordHash: hashWords(duplicateHash(`${promptHash} ${text}`)),
  };
}

function prepareComparison(
  record: ComparisonRecord,
  tokenizer: Tokenizer,
  settings: PartSettings,
): ArrowRow<(typeof PART_COLUMNS)['comparisons']> | DroppedRecord {
  const { id, prompt, cut = [], chosen, rejected, family = null, cutOff = [] } = record;
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
  const promptHash = promptHashOf(record, textHash);
  return {
    id,
    prompt,
    cut,
    family,
    chosen,
    rejected,
    chosenCutOff: cutOff.includes('chosen'),
    rejectedCutOff: cutOff.includes('rejected'),
    numbers: numbersOf(record),
    promptTokens: tokens.prompt,
    chosenTokens: tokens.chosen,
    rejectedTokens: tokens.rejected,
    truncated: tokens.truncated,
    responseTruncated: tokens.responseTruncated,
    boundaryMerged: tokens.boundaryMerged,
    textHash,
    recordHash: hashWords(duplicateHash(`${promptHash} ${duplicateHash(chosen)} ${duplicateHash(rejected)}`)),
  };
}

/** Of the whole prompt: the text by which records belong together may be a part of it, and most often both hashes are the same. */
function promptHashOf(record: TextRecord | ComparisonRecord, textHash: string): string {
  const { prompt } = record;
  const isSame = splitText(record) === prompt && prompt.normalize('NFC') === prompt.normalize('NFKC');
  return isSame ? textHash : duplicateHash(prompt);
}

/** @throws {DataError} `invalid-record` for a number that is not finite, which comes as null from JSON */
function numbersOf({ id, numbers, place = {} }: ComparisonRecord): string | null {
  if (numbers === undefined) return null;
  const field = Object.keys(numbers).find((name) => !Number.isFinite(numbers[name]));
  if (field === undefined) return JSON.stringify(numbers);
  throw new DataError(
    'invalid-record',
    `Record ${id}: expected a finite number for ${field}, got ${numbers[field] ?? 'none'}. Fill it in or remove the record.`,
    { place: { ...place, record: id, field } },
  );
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

function attempt<T>(
  { id }: { id: string },
  { longPrompts }: PartSettings,
  prepare: () => T,
): T | DroppedRecord {
  try {
    return prepare();
  } catch (error) {
    if (longPrompts === 'error' || !isLongPrompt(error)) throw error;
    const reason = error.code as 'empty-post' | 'prompt-too-long';
    return { id, reason, detail: error.detail };
  }
}
