import { join } from 'node:path';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import { withSides } from '../measurement/with-sides.js';
import type { PreparingAnswer } from '../sides/preparing-side.js';
import type { SideFacts } from '../sides/side.js';

export interface PreparingBenchmarkSettings {
  /** How many rows each set has; each is prepared in a process of its own. */
  readonly rows: readonly number[];
  readonly vocabularySize: number;
  readonly seed: number;
}

export interface PreparingResult extends ResultHeader {
  readonly settings: PreparingBenchmarkSettings;
  readonly sets: readonly PreparingAnswer[];
}

/** What `--json` prints: how CPU time grows with the rows (1 is linear), and bytes of memory that one more row takes. */
export interface PreparingSummary {
  readonly timeExponent: number;
  readonly memoryBytesPerRow: number;
}

/** Time and memory of preparing sets of rising size. */
export async function measurePreparing(
  settings: PreparingBenchmarkSettings,
  context: BenchmarkContext,
): Promise<PreparingResult> {
  const { rows: sizes, vocabularySize, seed } = settings;
  const facts: SideFacts[] = [];
  const sets: PreparingAnswer[] = [];
  for (const rows of sizes) {
    const answer = await withTemporaryFolder((folder) => {
      const settings = { rows, vocabularySize, seed, directory: join(folder, 'prepared') };
      const program = { side: 'preparing' as const, settings };
      return withSides<SideFacts, PreparingAnswer, PreparingAnswer | undefined>(
        context,
        new Map([['preparing', program]]),
        async (sides) => {
          for (const side of sides.values()) facts.push(side.facts);
          return sides.get('preparing')?.measure();
        },
      );
    });
    if (!answer) throw new Error('There is no side that prepares.');
    context.onProgress(`${rows} rows in ${answer.seconds.toFixed(1)} s`);
    sets.push(answer);
  }
  return { ...resultHeader(facts, 1), settings, sets };
}

export function summarizePreparing({ settings: { rows }, sets }: PreparingResult): PreparingSummary {
  const [first, last] = [sets[0], sets.at(-1)];
  const grown = Math.log((rows.at(-1) ?? Number.NaN) / (rows[0] ?? Number.NaN));
  const between = (of: (answer: PreparingAnswer) => number): readonly [number, number] =>
    first && last ? [of(first), of(last)] : [Number.NaN, Number.NaN];
  const [shortest, longest] = between(({ processorSeconds }) => processorSeconds);
  const [least, most] = between(({ peakMemoryBytes }) => peakMemoryBytes);
  return {
    timeExponent: Math.log(longest / shortest) / grown,
    memoryBytesPerRow: (most - least) / ((rows.at(-1) ?? Number.NaN) - (rows[0] ?? Number.NaN)),
  };
}
