import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPrompt, loadTokenizer, truncatePrompt } from '@ais/data';
import type { Post } from '../inputs/synthetic-posts.js';
import { peakMemoryBytes } from './peak-memory.js';
import type { Side, SideFacts } from './side.js';

export interface TokenizingSettings {
  /** A JSON file with the records. */
  readonly records: string;
  /** How many of them a measurement takes: the next ones each time. */
  readonly posts: number;
  /** A folder with a `tokenizer.json`. */
  readonly tokenizer: string;
  readonly maxTokens: number;
  /** `@ais/data` with its JavaScript library, or the Rust library's binding. */
  readonly library: 'javascript' | 'rust';
}

export interface TokenizingAnswer {
  /** For all prompts, uncut. */
  readonly wholeSeconds: number;
  /** For all prompts, cut to the limit. */
  readonly truncatedSeconds: number;
  readonly peakMemoryBytes: number;
  /** SHA-256 of the tokens of both. */
  readonly fingerprints: readonly string[];
}

type Prepare = (record: Post) => Promise<readonly number[]> | readonly number[];

/** Tokens of all prompts, whole and truncated, one record after another. */
export async function openTokenizingSide(
  settings: TokenizingSettings,
): Promise<Side<SideFacts, TokenizingAnswer>> {
  const records = JSON.parse(await readFile(settings.records, 'utf8')) as Post[];
  const { whole, truncated } = await (settings.library === 'rust' ? rust : javascript)(settings);
  let from = 0;
  const timed = async (prepare: Prepare): Promise<[number, string]> => {
    const chosen = records.slice(from, from + settings.posts);
    const started = performance.now();
    const rows: (readonly number[])[] = [];
    for (const record of chosen) rows.push(await prepare(record));
    return [(performance.now() - started) / 1000, fingerprint(rows)];
  };
  return {
    facts: { versions: { node: process.versions.node } },
    async measure() {
      const [wholeSeconds, wholeTokens] = await timed(whole);
      const [truncatedSeconds, truncatedTokens] = await timed(truncated);
      from += settings.posts;
      return {
        wholeSeconds,
        truncatedSeconds,
        peakMemoryBytes: peakMemoryBytes(),
        fingerprints: [wholeTokens, truncatedTokens],
      };
    },
    close: async () => {},
  };
}

interface Preparations {
  readonly whole: Prepare;
  readonly truncated: Prepare;
}

async function javascript({ tokenizer: folder, maxTokens }: TokenizingSettings): Promise<Preparations> {
  const tokenizer = await loadTokenizer(folder);
  return {
    whole: (record) => tokenizer.encode(formatPrompt(record)),
    truncated: (record) => truncatePrompt(record, tokenizer, { maxTokens }).tokens,
  };
}

/** The binding's calls are asynchronous, so the cutting is written out, as it is in Python. */
async function rust({ tokenizer: folder, maxTokens }: TokenizingSettings): Promise<Preparations> {
  const { Tokenizer } = await import('tokenizers');
  const tokenizer = Tokenizer.fromFile(join(folder, 'tokenizer.json'));
  const encode = async (record: Post): Promise<number[]> =>
    (await tokenizer.encode(formatPrompt(record), null, { addSpecialTokens: false })).getIds();
  return {
    whole: encode,
    async truncated(record) {
      let { post } = record;
      let tokens = await encode(record);
      while (tokens.length > maxTokens) {
        const cut = post.lastIndexOf('\n');
        post = cut >= 0 ? post.slice(0, cut) : [...post].slice(0, -1).join('');
        tokens = await encode({ ...record, post });
      }
      return tokens;
    },
  };
}

function fingerprint(rows: readonly (readonly number[])[]): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${row.join(',')}\n`);
  return hash.digest('hex');
}
