import { makeWhole, nodeBuiltin } from '@ais/runtime/files';
import type { ComparisonRecord } from '../records/record.js';
import { decodeContinuation } from '../tokenize/continuation.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizedPair } from './preference-pairs.js';

/** Options of `writeComparisons`. */
export interface WriteComparisonsOptions {
  /**
   * `trl`, the default: `prompt`, `chosen`, `rejected`, which is TRL's format. `all`: `id` first, and `family` behind,
   * null where a record has none; so that splits stay free of leaks. Then `chosenFinished` and `rejectedFinished`, false
   * for a response that was cut off and null for others, so that none gets an end that it does not have; JSONL leaves
   * them out where they are null.
   */
  columns?: 'trl' | 'all';
}

/** Rows that are encoded at a time, and the rows of a row group. */
const ROW_GROUP = 1000;

/**
 * Writes comparisons as TRL and `datasets` read them: JSONL, or Parquet where the file's name ends in `.parquet`.
 * Streams; the file gets its name when it is whole.
 *
 * @param path the file
 * @param comparisons what to write
 * @param options which columns
 * @returns how many were written
 * @throws {FileError} `disk-full`, `not-writable`; what the comparisons throw
 * @example
 * await writeComparisons('pairs.parquet', [{ id: 'a', prompt: 'Post. TL;DR:', chosen: ' Good.', rejected: ' Bad.' }]);
 * const [pair] = await collectRecords(comparisonSource(parquetRows('pairs.parquet')));
 * console.log(pair?.chosen.trim()); // Good.
 * @see https://huggingface.co/docs/trl/dataset_formats#preference
 */
export async function writeComparisons(
  path: string,
  comparisons: Iterable<ComparisonRecord> | AsyncIterable<ComparisonRecord>,
  { columns = 'trl' }: WriteComparisonsOptions = {},
): Promise<number> {
  const names = columns === 'all' ? ALL_COLUMNS : TRL_COLUMNS;
  const write = path.endsWith('.parquet') ? writeParquet : writeJsonl;
  return makeWhole(path, (temporary) => write(temporary, groupsOf(comparisons), names));
}

const TRL_COLUMNS = ['prompt', 'chosen', 'rejected'] as const;
const ALL_COLUMNS = ['id', ...TRL_COLUMNS, 'family', 'chosenFinished', 'rejectedFinished'] as const;
type Column = (typeof ALL_COLUMNS)[number];

/** The value of a column; null where the record has none. */
function cellOf(record: ComparisonRecord, name: Column): string | false | null {
  if (!isFinished(name)) return record[name] ?? null;
  return record.cutOff?.some((which) => name === `${which}Finished`) ? false : null;
}

const isFinished = (name: Column): name is 'chosenFinished' | 'rejectedFinished' => name.endsWith('Finished');

async function* groupsOf(
  comparisons: Iterable<ComparisonRecord> | AsyncIterable<ComparisonRecord>,
): AsyncGenerator<ComparisonRecord[]> {
  let group: ComparisonRecord[] = [];
  for await (const comparison of comparisons) {
    group.push(comparison);
    if (group.length < ROW_GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

async function writeJsonl(
  path: string,
  groups: AsyncIterable<ComparisonRecord[]>,
  names: readonly Column[],
): Promise<number> {
  const { open } = nodeBuiltin('node:fs/promises', 'writeComparisons');
  const file = await open(path, 'w');
  let count = 0;
  try {
    for await (const group of groups) {
      const lines = group.map((record) =>
        JSON.stringify(
          Object.fromEntries(
            names.flatMap((name) => {
              const value = cellOf(record, name);
              return value === null && isFinished(name) ? [] : [[name, value]];
            }),
          ),
        ),
      );
      await file.writeFile(`${lines.join('\n')}\n`);
      count += group.length;
    }
    return count;
  } finally {
    await file.close();
  }
}

async function writeParquet(
  path: string,
  groups: AsyncIterable<ComparisonRecord[]>,
  names: readonly Column[],
): Promise<number> {
  const { fileWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const columnsOf = (group: readonly ComparisonRecord[]) =>
    names.map((name) => ({
      name,
      data: group.map((record) => cellOf(record, name)),
      type: isFinished(name) ? ('BOOLEAN' as const) : ('STRING' as const),
      nullable: name === 'family' || isFinished(name),
    }));
  const writer = fileWriter(path);
  const table = new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData: columnsOf([]) }) });
  let count = 0;
  for await (const group of groups) {
    await table.write({ columnData: columnsOf(group), rowGroupSize: ROW_GROUP });
    count += group.length;
  }
  await table.finish();
  return count;
}

/**
 * Tokenized pairs as text, for programs that tokenize again; end-of-text and other special tokens are left out.
 *
 * Gotcha: a response that was sampled token by token need not be tokenized to the same tokens again.
 *
 * @param pairs tokens
 * @param tokenizer what made them
 * @returns the comparisons, in order; a response that does not end with end-of-text is one that was cut off
 * @example
 * const pair = { id: 'a', prompt: tokenizer.encode('TL;DR:'), chosen: tokenizer.encode(' Soup.'), rejected: [0] };
 * console.log(decodePairs([pair], tokenizer)[0]?.chosen.trim()); // Soup.
 */
export function decodePairs(pairs: readonly TokenizedPair[], tokenizer: Tokenizer): ComparisonRecord[] {
  return pairs.map((pair) => {
    const { id, prompt, chosen, rejected, family, numbers } = pair;
    const cutOff = (['chosen', 'rejected'] as const).filter(
      (which) => pair[which].at(-1) !== tokenizer.endOfTextToken,
    );
    return {
      id,
      prompt: decodeContinuation([], prompt, tokenizer),
      chosen: decodeContinuation(prompt, chosen, tokenizer),
      rejected: decodeContinuation(prompt, rejected, tokenizer),
      ...(family !== undefined && { family }),
      ...(numbers !== undefined && { numbers }),
      ...(cutOff.length > 0 && { cutOff }),
    };
  });
}
