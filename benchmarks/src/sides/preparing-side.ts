import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source, TextRecord } from '@ais/data';
import { prepareDataset } from '@ais/data/prepared';
import { type Tokenizer, trainTokenizer } from '@ais/data/tokenizer';
import { createRandom } from '@ais/runtime';
import { peakMemoryBytes } from './peak-memory.js';
import type { Side, SideFacts } from './side.js';

/** The rows of a set. */
interface ShortTexts {
  readonly rows: number;
  readonly seed: number;
}

export interface PreparingSettings extends ShortTexts {
  /** Where the set goes: a new folder. */
  readonly directory: string;
  readonly vocabularySize: number;
}

export interface PreparingAnswer {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakMemoryBytes: number;
  /** Rows that were left after duplicates were dropped. */
  readonly rows: number;
  /** Of the set's Arrow files. */
  readonly bytes: number;
}

const WORDS = 30_000;
const PROMPT_WORDS = 8;
const RESPONSE_WORDS = 4;

/** One row in a thousand is a copy of the first, so that there are duplicates to find. */
const COPIES = 1000;

/** Prepares a set of short rows that are made as they are read: tokens, duplicates, splits, and the check for leaks. */
export async function openPreparingSide(
  settings: PreparingSettings,
): Promise<Side<SideFacts, PreparingAnswer>> {
  const { directory } = settings;
  const tokenizer = await shortTextTokenizer(settings);
  return {
    facts: { versions: { node: process.versions.node } },
    async measure() {
      const [started, busy] = [performance.now(), process.cpuUsage()];
      const manifest = await prepareDataset({
        source: shortTexts(settings),
        tokenizer,
        directory,
        threads: 1,
      });
      const { user, system } = process.cpuUsage(busy);
      const files = Object.values(manifest.splits).map(({ file }) => stat(join(directory, file)));
      const sizes = await Promise.all(files);
      return {
        seconds: (performance.now() - started) / 1000,
        processorSeconds: (user + system) / 1e6,
        peakMemoryBytes: peakMemoryBytes(),
        rows: manifest.records,
        bytes: sizes.reduce((sum, { size }) => sum + size, 0),
      };
    },
    close: async () => {},
  };
}

function shortTexts({ rows, seed }: ShortTexts): Source<TextRecord> {
  return {
    name: 'short texts',
    async *records() {
      const random = createRandom(seed, 'short-texts');
      const words = (count: number): string =>
        Array.from({ length: count }, () => `w${random.integer(WORDS).toString(36)}`).join(' ');
      const first = { prompt: words(PROMPT_WORDS), response: words(RESPONSE_WORDS) };
      for (let index = 0; index < rows; index++) {
        const isCopy = index % COPIES === 0;
        const own = isCopy ? first : { prompt: words(PROMPT_WORDS), response: words(RESPONSE_WORDS) };
        yield { id: `row-${index}`, ...own };
      }
    },
  };
}

async function shortTextTokenizer({ seed, vocabularySize }: PreparingSettings): Promise<Tokenizer> {
  const texts: string[] = [];
  for await (const { prompt, response } of shortTexts({ rows: 1000, seed }).records({})) {
    texts.push(`${prompt} ${response}`);
  }
  return trainTokenizer(texts, { vocabularySize });
}
