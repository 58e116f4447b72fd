import {
  collectRecords,
  debianSource,
  loadTokenizer,
  openRows,
  type Source,
  splitRecords,
  syntheticSource,
  type TextRecord,
  type TokenizedExample,
  type Tokenizer,
  textSource,
  tokenizeRecord,
  trainTokenizer,
} from '@ais/data';
import { CorpusTooSmallError } from '../stages/corpus-stage.js';
import type { Settings } from './settings.js';

/** No record serves two purposes: a record's split depends on its text and the seed alone. */
const fractions = { supervised: 0.6, reward: 0.12, preference: 0.2, evaluation: 0.08 } as const;
export type SplitName = keyof typeof fractions;

/** A record with its tokens. */
export interface CorpusExample extends TokenizedExample {
  readonly record: TextRecord;
}

export interface Corpus {
  readonly tokenizer: Tokenizer;
  /** The first examples of a split; as many as asked for, or an error. */
  examples(split: SplitName, count: number): CorpusExample[];
}

type CorpusSettings = Pick<Settings<'sft'>, 'source' | 'seed' | 'data'> & {
  readonly shape?: Settings<'sft'>['shape'];
};

/**
 * Reads the source, and tokenizes it with the model's tokenizer or with one learned from the supervised split.
 *
 * @param largest the largest number of examples that will be asked of a split
 * @param modelDirectory a folder with a tokenizer; one is learned where absent
 * @throws {CorpusTooSmallError} and what `openRows` of `@ais/data` and the source throw
 */
export async function openCorpus(
  settings: CorpusSettings,
  largest: Partial<Record<SplitName, number>>,
  modelDirectory?: string,
): Promise<Corpus> {
  const { source, data, shape } = settings;
  const splits = await readSplits(settings, largest);
  const tokenizer =
    modelDirectory === undefined
      ? await trainTokenizer(texts(splits.supervised.slice(0, 10_000)), {
          vocabularySize: shape?.vocabularySize ?? 512,
        })
      : await loadTokenizer(modelDirectory);
  return {
    tokenizer,
    examples(split, count) {
      const found: CorpusExample[] = [];
      for (const record of splits[split]) {
        if (found.length === count) break;
        const tokenized = tokenizeRecord(record, tokenizer, data);
        const { id, prompt, response, responseTruncated } = tokenized;
        if (!responseTruncated) found.push({ id, prompt, response, record });
      }
      if (found.length < count) throw new CorpusTooSmallError(source, split, count, found.length);
      return found;
    },
  };
}

async function readSplits(
  settings: Pick<CorpusSettings, 'source' | 'seed'>,
  largest: Partial<Record<SplitName, number>>,
): Promise<Record<SplitName, TextRecord[]>> {
  const { source, seed } = settings;
  if (isOnHub(source)) {
    // Such a set has splits of its own. As in the paper, all stages learn from the same posts.
    const read = (split: string) => collectRecords(openFileOrRepository(source, split));
    const train = await read('train');
    const evaluation = largest.evaluation === undefined ? [] : await read('validation');
    return { supervised: train, reward: train, preference: train, evaluation };
  }
  return splitRecords(await collectRecords(openSource(settings, largest)), { fractions, seed });
}

const isOnHub = (source: string): boolean =>
  /^[\w.-]+\/[\w.-]+$/.test(source) && !/\.(jsonl(\.gz|\.zst)?|parquet)$/.test(source);

function openSource(
  { source, seed }: Pick<CorpusSettings, 'source' | 'seed'>,
  largest: Partial<Record<SplitName, number>>,
): Source {
  if (source === 'synthetic') {
    const needed = Object.entries(largest).map(([split, count]) => count / fractions[split as SplitName]);
    // A split has its share on average only: a tenth more makes room for that.
    return syntheticSource({ seed, count: Math.ceil(1.1 * Math.max(...needed)) + 500 });
  }
  if (source === 'debian') return debianSource({ deduplicatePrefix: 60 });
  return openFileOrRepository(source);
}

function openFileOrRepository(source: string, split = 'train'): Source {
  return textSource(openRows(source, { split }));
}

function* texts(records: readonly TextRecord[]): Iterable<string> {
  for (const record of records) yield record.prompt + record.response;
}
