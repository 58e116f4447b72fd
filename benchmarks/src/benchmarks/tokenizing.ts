import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPrompt } from '@ais/data';
import { trainTokenizer } from '@ais/data/tokenizer';
import { BenchmarkError } from '../errors.js';
import { syntheticPosts } from '../inputs/synthetic-posts.js';
import { alternate } from '../measurement/alternate.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { type Spread, spread } from '../measurement/spread.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import { withSides } from '../measurement/with-sides.js';
import type { SideProgram } from '../processes/start-side.js';
import type { SideFacts } from '../sides/side.js';
import type { TokenizingAnswer } from '../sides/tokenizing-side.js';

export interface TokenizingBenchmarkSettings {
  /** Of each repetition: others each time, so that a tokenizer's memory of words helps only as it does in use. */
  readonly posts: number;
  readonly vocabularySize: number;
  /** What prompts are cut to. */
  readonly maxTokens: number;
  readonly seed: number;
  readonly repetitions: number;
  /** Whether Python's `tokenizers` is measured too. */
  readonly python: boolean;
}

export type TokenizingSideName = 'javascript' | 'rust' | 'python';

export interface TokenizingSideResult {
  readonly title: string;
  readonly wholeSeconds: Spread;
  readonly truncatedSeconds: Spread;
  /** Posts a second, tokenized whole. */
  readonly wholePostsPerSecond: number;
  /** Posts a second, cut to the limit. */
  readonly truncatedPostsPerSecond: number;
  readonly peakMemoryBytes: number;
}

export interface TokenizingResult extends ResultHeader {
  readonly settings: TokenizingBenchmarkSettings;
  /** UTF-16 units of a prompt on average, uncut. */
  readonly charactersPerPost: number;
  readonly sides: Readonly<Partial<Record<TokenizingSideName, TokenizingSideResult>>>;
}

/** What `--json` prints: posts a second, whole and truncated. */
export interface TokenizingSummary {
  readonly wholePostsPerSecond: Readonly<Record<TokenizingSideName, number | null>>;
  readonly truncatedPostsPerSecond: Readonly<Record<TokenizingSideName, number | null>>;
}

const titles: Readonly<Record<TokenizingSideName, string>> = {
  javascript: '`@ais/data`, pure JavaScript',
  rust: '`tokenizers` (Rust) called from Node',
  python: '`tokenizers` (Rust) called from Python',
};

/**
 * Prompts to tokens, whole and cut to a limit, by each library in turn, one thread each.
 *
 * @throws {BenchmarkError} `sides-differ` where their tokens are not the same
 */
export async function measureTokenizing(
  settings: TokenizingBenchmarkSettings,
  context: BenchmarkContext,
): Promise<TokenizingResult> {
  const { posts, seed, vocabularySize, maxTokens, repetitions } = settings;
  return withTemporaryFolder(async (folder) => {
    const records = join(folder, 'records.json');
    const written = syntheticPosts(posts * (1 + repetitions), seed);
    const prompts = written.map(formatPrompt);
    await writeFile(records, JSON.stringify(written));
    context.onProgress('Learning a tokenizer.');
    const tokenizer = join(folder, 'tokenizer');
    // From other posts, so that some words are new to it.
    await (await trainTokenizer(syntheticPosts(posts, seed + 1).map(formatPrompt), { vocabularySize })).save(
      tokenizer,
    );

    const common = { records, posts, tokenizer, maxTokens };
    const programs = new Map<TokenizingSideName, SideProgram>([
      ['javascript', { side: 'tokenizing', settings: { ...common, library: 'javascript' } }],
      ['rust', { side: 'tokenizing', settings: { ...common, library: 'rust' } }],
    ]);
    if (settings.python) programs.set('python', { python: 'tokenizers_tokenizing', settings: common });
    return withSides<SideFacts, TokenizingAnswer, TokenizingResult>(context, programs, async (sides) => {
      const answers = await alternate(sides, {
        repetitions,
        onMeasured: (name, repetition, { wholeSeconds, truncatedSeconds }) =>
          context.onProgress(
            `${name}, ${repetition || 'warm-up'}: whole ${wholeSeconds.toFixed(2)} s, truncated ${truncatedSeconds.toFixed(2)} s`,
          ),
      });
      const results: Partial<Record<TokenizingSideName, TokenizingSideResult>> = {};
      const fingerprints = new Set<string>();
      for (const name of programs.keys()) {
        const measured = answers.get(name) ?? [];
        const wholeSeconds = spread(measured.map((answer) => answer.wholeSeconds));
        const truncatedSeconds = spread(measured.map((answer) => answer.truncatedSeconds));
        fingerprints.add(JSON.stringify(measured.map((answer) => answer.fingerprints)));
        results[name] = {
          title: titles[name],
          wholeSeconds,
          truncatedSeconds,
          wholePostsPerSecond: posts / wholeSeconds.median,
          truncatedPostsPerSecond: posts / truncatedSeconds.median,
          peakMemoryBytes: Math.max(...measured.map((answer) => answer.peakMemoryBytes)),
        };
      }
      if (fingerprints.size > 1) {
        throw new BenchmarkError(
          'sides-differ',
          'The tokenizers gave different tokens: their speeds say nothing.',
        );
      }
      return {
        ...resultHeader(
          [...sides.values()].map(({ facts }) => facts),
          1,
        ),
        settings,
        charactersPerPost: prompts.reduce((sum, { length }) => sum + length, 0) / prompts.length,
        sides: results,
      };
    });
  });
}

export function summarizeTokenizing({ sides }: TokenizingResult): TokenizingSummary {
  const each = (
    value: (side: TokenizingSideResult) => number,
  ): Record<TokenizingSideName, number | null> => ({
    javascript: sides.javascript ? value(sides.javascript) : null,
    rust: sides.rust ? value(sides.rust) : null,
    python: sides.python ? value(sides.python) : null,
  });
  return {
    wholePostsPerSecond: each((side) => side.wholePostsPerSecond),
    truncatedPostsPerSecond: each((side) => side.truncatedPostsPerSecond),
  };
}
