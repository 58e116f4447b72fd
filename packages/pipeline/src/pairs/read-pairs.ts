import { existsSync } from 'node:fs';
import { type Examples, readFaults, type TokenizedPair } from '@ais/data';
import { openRows, type Row } from '@ais/data/formats';
import type { ModelText } from '../corpus/model-text.js';
import { isPreparedFolder, preparedPairs } from '../corpus/prepared-folder.js';
import { PipelineError } from '../errors.js';
import type { AgreementSettings } from '../settings/judge-settings.js';
import type { TextSettings } from '../settings/text-settings.js';
import { sharedColumns } from './pair-columns.js';
import {
  type PairReadingSettings,
  type PreferencePairs,
  pairsReading,
  type ReadPairsOptions,
} from './preference-pairs.js';
import { isGiven, isTokens, noPairsError, pairFault } from './rows-of-pairs.js';
import { readTextPairs } from './text-pairs.js';
import { type ColumnOf, LOG_PROBS, readTokenPairs, TOKEN_COLUMNS } from './token-pairs.js';

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
    if (content.pairs.length === 0) throw noPairsError(name);
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
      return readTokenPairs(name, text, columnOf, { ...options, columns });
    }
    if (hasTokens) return readTextPairs(name, text, options, true);
    if (options.logProbs !== false) await refuseLogProbs(name);
  }
  return readTextPairs(name, text, options);
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

const TEXTS = ['promptText', 'chosenText', 'rejectedText'];

async function firstRow(
  name: string,
  columns: ReadPairsOptions['columns'] = {},
  more: readonly string[] = [],
): Promise<Row> {
  const wanted = [...TOKEN_COLUMNS, ...TEXTS, ...Object.values(columns), ...more];
  for await (const row of openRows(name).rows(readFaults(), wanted)) return row;
  throw noPairsError(name);
}

/** Which column of a file of tokens has a field: as columns by hand say, if the file has one of theirs for tokens. */
function columnsOf({ value }: Row, columns: ReadPairsOptions['columns'] = {}): ColumnOf {
  const isOfFile = ['prompt', 'chosen', 'rejected'].some((field) => isTokens(value[columns[field] ?? '']));
  return (field) => (isOfFile ? columns[field] : undefined) ?? field;
}

/** Rows of text must not have log-probabilities, not even some of them: nothing would read them. */
async function refuseLogProbs(name: string): Promise<void> {
  for await (const row of openRows(name).rows(readFaults(), LOG_PROBS)) {
    const field = LOG_PROBS.find((column) => isGiven(row.value[column]));
    if (field === undefined) continue;
    throw pairFault(
      row,
      field,
      'log-probabilities belong to tokens, and this row has text. Give tokens, as ais label writes them, or leave the log-probabilities out',
      name,
    );
  }
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
    ...reading,
    ...own,
    logProbs: false,
    onWarning,
  });
  return pairs;
}
