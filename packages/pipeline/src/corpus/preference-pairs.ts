import { existsSync } from 'node:fs';
import {
  createReadReport,
  type Examples,
  type HoldOutKeys,
  holdOut,
  openComparisons,
  type ReadReport,
  readFaults,
  type TokenizedPair,
  tokenizeComparison,
} from '@ais/data';
import type { AnyTemplate } from '@ais/data/chat';
import { openRows, type Row } from '@ais/data/formats';
import { oracleScore } from '@ais/data/synthetic';
import type { ReferenceLogProbs } from '@ais/trainer';
import { fingerprintExamples } from '@ais/trainer/runs';
import { PipelineError } from '../errors.js';
import type { Settings } from '../settings/command-settings.js';
import type { AgreementSettings } from '../settings/judge-settings.js';
import type { TextSettings } from '../settings/text-settings.js';
import type { CorpusExample } from './corpus.js';
import { promptText, responseText } from './corpus.js';
import { CountedLengths, countedRemarks, type Lengths, leftOutRemarks } from './counted-lengths.js';
import { type ModelText, requireOwner } from './model-text.js';
import { columnsWithFields, type PairColumns, sharedColumns } from './pair-columns.js';
import { isPreparedFolder, preparedPairs } from './prepared-folder.js';
import { renderedRows } from './verbatim-rows.js';

/** Pairs, and what is known of the policy that wrote their responses. */
export interface PreferencePairs {
  /** Those of a prepared folder are left in its files, and are read when they are asked for. */
  readonly pairs: Examples<TokenizedPair>;
  /** Where the pairs come split: those that are held out. */
  readonly heldOut?: Examples<TokenizedPair>;
  /** Summed log μ of both responses, one entry per pair. */
  readonly behavior?: { readonly chosen: readonly number[]; readonly rejected: readonly number[] };
}

export interface ReadPairsOptions extends PairColumns {
  /** What renders rows of text; the model's by default, where they have its columns. `chat` takes them for messages. */
  readonly template?: TextSettings['template'];
  readonly lengths: Lengths;
  /** Whether tokens of another tokenizer are turned into text and tokenized again, instead of refused. */
  readonly retokenize: boolean;
  /** Numbers that every pair must have, such as `chosenReward`; none by default. */
  readonly numbers?: readonly string[] | undefined;
  /** Whether log-probabilities in the rows are read; they must be complete then. True by default. */
  readonly logProbs?: boolean;
  /** Told in words what was done to the pairs. */
  readonly onWarning: (message: string) => void;
}

/**
 * Reads preference pairs: a file in any format, a folder of `ais data build`, or `owner/name` on the Hub.
 *
 * Rows of tokens, as `ais label` writes them, are taken as they are: `prompt`, `chosen`, `rejected`, and `chosenLogProb` and
 * `rejectedLogProb` in every row or in none. `columns` renames these too; if the file has none of the columns that it names, they
 * belong to the text that the model learned from. Of `sourceColumns`, those that the file has are used. Rows of text are rendered by the template and tokenized; `promptText`,
 * `chosenText`, and `rejectedText`, which `ais label` writes beside the tokens or alone, are rendered already.
 *
 * Numbers are columns of the names asked for, or those that `columns` gives for them; `chosenReward` and `rejectedReward` may be
 * `chosenScore` and `rejectedScore`, as `ais label` writes them, or `score_chosen` and `score_rejected`.
 *
 * @returns tokens, end-of-text included, and, if the rows have them, summed log-probabilities in nats
 * @throws {PipelineError} {DataError} naming file, row, and field
 * @example
 * const text = await openModelText(await findModel('runs/sft'));
 * const { data: lengths } = await readSettings('train', { flags: { model: 'runs/sft' } });
 * const read = await readPairs('pairs.jsonl', text, { lengths, retokenize: false, onWarning: console.warn });
 * console.log(read.behavior?.chosen.length === read.pairs.length); // true
 */
export async function readPairs(
  name: string,
  text: ModelText,
  given: ReadPairsOptions,
): Promise<PreferencePairs> {
  const { numbers = [] } = given;
  const numbered =
    numbers.length > 0
      ? { ...given.columns, ...(await numberColumns(name, numbers, given.columns)) }
      : given.columns;
  if (isPreparedFolder(name)) {
    const { content, remarks } = await preparedPairs(name, text, given.lengths);
    if (content.pairs.length === 0) throw noPairs(name);
    for (const remark of remarks) given.onWarning(`${name}: ${remark}`);
    return content;
  }
  const options: ReadPairsOptions = {
    ...given,
    ...(numbered && { columns: numbered }),
    sourceColumns: await sharedColumns(name, given),
  };
  // A name on the Hub is read once only; its sets have text.
  if (existsSync(name)) {
    const columns = { ...options.sourceColumns, ...options.columns };
    const first = await firstRow(name, columns);
    const columnOf = columnsOf(first, columns);
    const hasTokens = isTokens(first.value[columnOf('prompt')]);
    const hasTexts = TEXTS.every((field) => typeof first.value[field] === 'string');
    if (hasTokens && !(options.retokenize && hasTexts)) {
      return readTokens(name, text, columnOf, { ...options, columns });
    }
    if (hasTokens) return readTexts(name, text, options, true);
    await refuseLogProbs(name);
  }
  return readTexts(name, text, options);
}

/** Columns that numbers go by besides their own names. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  chosenReward: ['chosenScore', 'score_chosen'],
  rejectedReward: ['rejectedScore', 'score_rejected'],
};

/** The column of each number, by the first row. */
async function numberColumns(
  name: string,
  numbers: readonly string[],
  columns: TextSettings['columns'] = {},
): Promise<Record<string, string>> {
  const noNumbers = (number: string, why: string): PipelineError =>
    new PipelineError(
      'invalid-setting',
      `${name} ${why} ${number}, which the objective reads of each pair. Say which column has it (--pair-columns ${number}=NAME).`,
      { key: 'pairs' },
    );
  if (isPreparedFolder(name))
    throw noNumbers(numbers[0] ?? '', 'is a prepared folder, which keeps no column');
  const candidates = (number: string): string[] =>
    columns[number] === undefined ? [number, ...(OTHER_NAMES[number] ?? [])] : [columns[number]];
  const first = await firstRow(name, {}, numbers.flatMap(candidates));
  return Object.fromEntries(
    numbers.map((number) => {
      const found = candidates(number).find((column) =>
        isGiven(first.value[column.split('.', 1)[0] ?? column]),
      );
      if (found === undefined) throw noNumbers(number, 'has no column');
      return [number, found];
    }),
  );
}

const LOG_PROBS = ['chosenLogProb', 'rejectedLogProb'] as const;
const TEXTS = ['promptText', 'chosenText', 'rejectedText'] as const;
/** Columns that some rows may lack; that is said, with what it means. */
const PARTIAL = ['family', 'tokenizer'] as const;
const PARTIAL_MEANS: Readonly<Record<(typeof PARTIAL)[number], string>> = {
  family: 'Only their prompt keeps them on one side of a split.',
  tokenizer: "Their tokens are taken to be the model's.",
};
const PAIR = ['id', 'prompt', 'chosen', 'rejected', 'family', 'tokenizer', ...TEXTS, ...LOG_PROBS];

async function firstRow(
  name: string,
  columns: ReadPairsOptions['columns'] = {},
  more: readonly string[] = [],
): Promise<Row> {
  const wanted = [...PAIR, ...Object.values(columns), ...more];
  for await (const row of openRows(name).rows(readFaults(), wanted)) return row;
  throw noPairs(name);
}

type ColumnOf = (field: string) => string;

/** Which column of a file of tokens has a field: as columns by hand say, if the file has one of theirs for tokens. */
function columnsOf({ value }: Row, columns: ReadPairsOptions['columns'] = {}): ColumnOf {
  const isOfFile = ['prompt', 'chosen', 'rejected'].some((field) => isTokens(value[columns[field] ?? '']));
  return (field) => (isOfFile ? columns[field] : undefined) ?? field;
}

/** Rows of text must not have log-probabilities, not even some of them: nobody would read them. */
async function refuseLogProbs(name: string): Promise<void> {
  for await (const row of openRows(name).rows(readFaults(), LOG_PROBS)) {
    const field = LOG_PROBS.find((column) => isGiven(row.value[column]));
    if (field === undefined) continue;
    throw fault(
      row,
      field,
      'log-probabilities belong to tokens, and this row has text. Give tokens, as ais label writes them, or leave the log-probabilities out',
      name,
    );
  }
}

async function readTokens(
  name: string,
  text: ModelText,
  columnOf: ColumnOf,
  { logProbs: wanted = true, numbers = [], columns = {}, onWarning }: ReadPairsOptions,
): Promise<PreferencePairs> {
  const { tokenizer } = text;
  const pairs: TokenizedPair[] = [];
  const logProbs: { row: Row; chosen: unknown; rejected: unknown }[] = [];
  const given: Record<(typeof PARTIAL)[number], number> = { family: 0, tokenizer: 0 };
  const numbered = numbers.map((number) => [number, columns[number] ?? number] as const);
  const read = [...PAIR.map(columnOf), ...numbered.map(([, column]) => column)];
  for await (const row of openRows(name).rows(readFaults(), read)) {
    const { value, key } = row;
    for (const column of PARTIAL) given[column] += Number(isGiven(value[columnOf(column)]));
    const tokens = (part: 'prompt' | 'chosen' | 'rejected'): number[] => {
      const field = columnOf(part);
      const found = value[field];
      if (isTokens(found) && found.every((token) => token >= 0 && token < tokenizer.vocabularySize)) {
        return found;
      }
      throw fault(
        row,
        field,
        `expected tokens from 0 to ${tokenizer.vocabularySize - 1}, as in the first row. Repair or remove the row`,
        name,
      );
    };
    const [owner, family] = ['tokenizer', 'family'].map((field) => value[columnOf(field)]);
    const known = {
      id: idOf(row, columnOf('id'), key, name),
      ...(typeof family === 'string' && { family }),
      ...(numbered.length > 0 && {
        numbers: Object.fromEntries(
          numbered.map(([number, column]) => [number, numberOf(row, column, name)]),
        ),
      }),
    };
    requireOwner(typeof owner === 'string' ? { tokenizer: owner } : {}, text, placeOf(row, name));
    pairs.push({
      ...known,
      prompt: tokens('prompt'),
      chosen: tokens('chosen'),
      rejected: tokens('rejected'),
    });
    const [chosen, rejected] = LOG_PROBS.map((field) => value[columnOf(field)]);
    logProbs.push({ row, chosen, rejected });
  }
  if (pairs.length === 0) throw noPairs(name);
  for (const column of PARTIAL) {
    const missing = pairs.length - given[column];
    if (given[column] === 0 || missing === 0) continue;
    onWarning(
      `${name}: ${missing} of ${pairs.length} pairs have no ${column}, but the others do. ${PARTIAL_MEANS[column]}`,
    );
  }
  const behavior = wanted ? logProbsOf(logProbs, columnOf, name) : undefined;
  return { pairs, ...(behavior && { behavior }) };
}

/** A value as JSON has it; what is too large for a number comes as a bigint, also within lists and objects. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

/** Text or a number; a row without one has that of its place. */
function idOf(row: Row, column: string, key: string, name: string): string {
  const id = row.value[column] ?? key;
  if (typeof id !== 'object') return String(id);
  throw fault(row, column, `expected text or a number, got ${shown(id)}. Repair or remove the row`, name);
}

function numberOf(row: Row, column: string, name: string): number {
  const value = row.value[column];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw fault(row, column, `expected a number, got ${shown(value)}. Repair or remove the row`, name);
}

/** The log-probabilities of all rows, or none if no row has any; some missing is an error that names the first such row. */
function logProbsOf(
  rows: readonly { readonly row: Row; readonly chosen: unknown; readonly rejected: unknown }[],
  columnOf: ColumnOf,
  name: string,
): PreferencePairs['behavior'] {
  if (!rows.some(({ chosen, rejected }) => isGiven(chosen) || isGiven(rejected))) return undefined;
  const number = (row: Row, field: string, value: unknown): number => {
    // Sums in float32 may end a little above 0.
    if (typeof value === 'number' && value <= 1e-3 && Number.isFinite(value)) return value;
    const problem = isGiven(value)
      ? `expected a log-probability, a finite number ≤ 0, got ${shown(value)}`
      : 'it is missing, and other rows have it';
    throw fault(
      row,
      columnOf(field),
      `${problem}. Fill it in, or remove the log-probabilities from all rows (or use --behavior reference)`,
      name,
    );
  };
  return {
    chosen: rows.map(({ row, chosen }) => number(row, 'chosenLogProb', chosen)),
    rejected: rows.map(({ row, rejected }) => number(row, 'rejectedLogProb', rejected)),
  };
}

async function readTexts(
  name: string,
  text: ModelText,
  { columns = {}, sourceColumns = {}, template: asked, lengths, numbers, onWarning }: ReadPairsOptions,
  hadTokens = false,
): Promise<PreferencePairs> {
  const fields = ['prompt', 'chosen', 'rejected'];
  const { pairs, identical, report, counted } = await renderedRows(
    name,
    { asked, text, fields, columns: { ...sourceColumns, ...columns }, onWarning },
    (template) => pairsOfTexts(name, text, template, { columns, sourceColumns, lengths, numbers }),
  );
  const remarks = [
    ...leftOutRemarks(report.leftOut, 'pair'),
    ...countedRemarks([[identical, 'left out, whose responses have the same tokens']], 'pair'),
    ...counted.remarks('pair'),
  ];
  if (pairs.length === 0) throw noPairs(name, remarks);
  if (hadTokens) {
    const again =
      'whose text was tokenized again (retokenize); the reference stands for the policy that wrote it';
    remarks.unshift(...countedRemarks([[pairs.length, again]], 'pair'));
  }
  for (const remark of remarks) onWarning(`${name}: ${remark}`);
  return { pairs };
}

/** Reads and tokenizes rows of text by one template. */
async function pairsOfTexts(
  name: string,
  { tokenizer, chatTemplate }: ModelText,
  template: AnyTemplate | undefined,
  {
    columns = {},
    sourceColumns = {},
    lengths,
    numbers,
  }: Pick<ReadPairsOptions, 'columns' | 'sourceColumns' | 'lengths' | 'numbers'>,
): Promise<{
  readonly pairs: TokenizedPair[];
  /** Pairs whose responses are the same. */
  readonly identical: number;
  readonly report: ReadReport;
  readonly counted: CountedLengths;
}> {
  const report = createReadReport();
  const counted = new CountedLengths(lengths);
  let identical = 0;
  const pairs: TokenizedPair[] = [];
  const open = (given: Readonly<Record<string, string>>): ReturnType<typeof openComparisons> =>
    openComparisons(name, {
      columns: given,
      ...(template && { template }),
      ...(chatTemplate && { chatTemplate }),
      ...(numbers && { numbers }),
    });
  const comparisons = open({ ...columnsWithFields(sourceColumns, open), ...columns });
  for await (const record of comparisons.records({ report })) {
    const tokenized = counted.tokenize(() => tokenizeComparison(record, tokenizer, lengths));
    if (tokenized === undefined) continue;
    const { truncated: _, responseTruncated: __, boundaryMerged: ___, ...pair } = tokenized;
    // Responses that differ may be the same once they are cut.
    if (pair.chosen.join() === pair.rejected.join()) {
      identical += 1;
      continue;
    }
    counted.use(tokenized);
    pairs.push(pair);
  }
  return { pairs, identical, report, counted };
}

/**
 * Pairs of a corpus alone, where no policy has sampled any: a record's own response against the next record's.
 *
 * On synthetic text the oracle orders the two, and equal ones are left out; on other text the record's own response is preferred.
 *
 * @param source the corpus's, which says whether the oracle knows its text
 * @example
 * const examples = [
 *   { id: 'a', promptText: 'Why?', responseText: 'So.', prompt: [1], response: [2, 0] },
 *   { id: 'b', promptText: 'How?', responseText: 'Thus.', prompt: [3], response: [4, 0] },
 * ];
 * console.log(pairsOfCorpus(examples, 'posts.csv')[0]); // { id: 'a', prompt: [ 1 ], chosen: [ 2, 0 ], rejected: [ 4, 0 ] }
 */
export function pairsOfCorpus(examples: readonly CorpusExample[], source: string): TokenizedPair[] {
  return examples.flatMap((example, index) => {
    const other = examples[(index + 1) % examples.length] ?? example;
    const { id, prompt, response, family } = example;
    if (response.join() === other.response.join()) return [];
    const known = { id, prompt, ...(family !== undefined && { family }) };
    const own = { ...known, chosen: response, rejected: other.response };
    if (source !== 'synthetic') return [own];
    const judged = ({ responseText: text }: CorpusExample): number =>
      oracleScore({ id: example.id, prompt: example.wholePrompt ?? example.promptText }, text.trim());
    const margin = judged(example) - judged(other);
    if (margin === 0) return [];
    return [margin > 0 ? own : { ...known, chosen: other.response, rejected: response }];
  });
}

/**
 * Pairs with their log-probabilities, as training takes them, split so that no prompt and no family is on both sides.
 *
 * @param share to hold out; of pairs that come split, all or, for 0, none of their held-out part
 * @example
 * const pairs = [1, 2, 3, 4].map((token) => ({ id: `${token}`, prompt: [token], chosen: [5], rejected: [6] }));
 * const { trained, heldOut } = splitPairs({ pairs }, 0.25, 1);
 * console.log(trained.pairs.length, heldOut.pairs.length); // 3 1
 */
export function splitPairs(
  { pairs, heldOut, behavior }: PreferencePairs,
  share: number,
  seed: number,
): { readonly trained: PairsPart; readonly heldOut: PairsPart } {
  if (heldOut) return { trained: { pairs }, heldOut: { pairs: share === 0 ? [] : heldOut } };
  // Nothing to compare: pairs that are in a file stay there.
  if (share === 0 && !behavior) return { trained: { pairs }, heldOut: { pairs: [] } };
  const numbered = [...pairs].map((pair, index) => ({ pair, index }));
  const split = holdOut(numbered, ({ pair }) => pairKeys(pair), Math.round(share * numbered.length), seed);
  const part = (chosen: typeof split.trained): PairsPart => {
    const some = chosen.map(({ pair }) => pair);
    const column = (values: readonly number[]): Float32Array =>
      Float32Array.from(chosen, ({ index }) => values[index] ?? Number.NaN);
    return {
      pairs: some,
      ...(behavior && {
        behavior: {
          chosen: column(behavior.chosen),
          rejected: column(behavior.rejected),
          fingerprint: { model: 'as the data say', data: fingerprintExamples(some) },
        },
      }),
    };
  };
  return { trained: part(split.trained), heldOut: part(split.heldOut) };
}

/**
 * What a pair shares with others that belong on its side of a split: its family, and its prompt as tokens.
 *
 * @example
 * console.log(pairKeys({ id: 'a', prompt: [1, 2], chosen: [3], rejected: [4], family: 'f' })); // [ 'f', '1,2' ]
 */
export function pairKeys({ prompt, family }: TokenizedPair): HoldOutKeys {
  const tokens = prompt.join();
  return [family ?? tokens, tokens];
}

/** A part of the pairs, with the log-probabilities of the policy that wrote them, where they are known. */
export interface PairsPart {
  readonly pairs: Examples<TokenizedPair>;
  readonly behavior?: ReferenceLogProbs;
}

/** The pairs with labels that settings name to compare a judge with; none by default. */
export async function labeledPairs(
  settings: PairReadingSettings & { readonly agreement: AgreementSettings },
  text: ModelText,
  { onWarning }: Pick<ReadPairsOptions, 'onWarning'>,
): Promise<Examples<TokenizedPair>> {
  const { agreement, pairs: others } = settings;
  if (agreement.pairs === undefined) return [];
  const { columns, sourceColumns, ...reading } = pairsReading(settings);
  // Beside other pairs, these may have other columns than those.
  const own =
    others === undefined || others === agreement.pairs
      ? { columns, sourceColumns }
      : { sourceColumns: { ...sourceColumns, ...columns } };
  const { pairs } = await readPairs(agreement.pairs, text, {
    ...{ ...reading, ...own, logProbs: false, onWarning },
  });
  return pairs;
}

/** Settings that say how pairs and labeled responses are read. */
export type PairReadingSettings = Pick<TextSettings, 'columns' | 'template' | 'data'> &
  Pick<Settings<'reward'>, 'pairs' | 'pairColumns' | 'pairTemplate' | 'retokenize'>;

/** How settings have pairs and labeled responses read: what was given for them goes before what was given for the source. */
export function pairsReading({
  columns,
  template,
  pairColumns,
  pairTemplate,
  data,
  retokenize,
}: PairReadingSettings): Pick<
  ReadPairsOptions,
  'columns' | 'sourceColumns' | 'template' | 'lengths' | 'retokenize'
> {
  return {
    columns: pairColumns,
    sourceColumns: columns,
    template: pairTemplate ?? template,
    lengths: data,
    retokenize,
  };
}

/**
 * Held-out prompts of pairs as examples to evaluate on: each prompt once, its preferred response as the reference.
 *
 * @param most the most examples; no more pairs are read than these take
 */
export function examplesOfPairs(
  pairs: Examples<TokenizedPair>,
  text: ModelText,
  most: number,
): CorpusExample[] {
  const decode = responseText(text);
  const decodePrompt = promptText(text);
  const byPrompt = new Map<string, CorpusExample>();
  for (const { id, prompt, chosen, family } of pairs) {
    if (byPrompt.size >= most) break;
    const key = prompt.join();
    if (byPrompt.has(key)) continue;
    byPrompt.set(key, {
      id,
      promptText: decodePrompt(prompt),
      responseText: decode(chosen),
      ...(family !== undefined && { family }),
      prompt: [...prompt],
      response: [...chosen],
    });
  }
  return [...byPrompt.values()];
}

function placeOf({ place }: Row, name: string): string {
  return `${name}, ${place.line === undefined ? `row ${place.row}` : `line ${place.line}`}`;
}

function fault(row: Row, field: string, problem: string, name: string): PipelineError {
  return new PipelineError('invalid-setting', `${placeOf(row, name)}, field "${field}": ${problem}.`, {
    key: 'pairs',
  });
}

function noPairs(name: string, remarks: readonly string[] = []): PipelineError {
  const why = remarks.map((remark) => ` ${remark.replace(/\.$/, '')}.`).join('');
  return new PipelineError('too-little-text', `${name} has no pairs${why === '' ? '.' : ` left.${why}`}`, {
    key: 'pairs',
  });
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isSafeInteger);
}
