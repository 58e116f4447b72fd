import { join } from 'node:path';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import { withSides } from '../measurement/with-sides.js';
import type { SideFacts } from '../sides/side.js';
import type { StartedCommand, StartingAnswer } from '../sides/starting-side.js';

export interface StartingBenchmarkSettings {
  /** Pairs of each prepared set; the first is what the memory of the others is compared with. */
  readonly pairs: readonly number[];
  readonly commands: readonly StartedCommand[];
  readonly vocabularySize: number;
  readonly seed: number;
}

export interface Start extends StartingAnswer {
  readonly command: StartedCommand;
  readonly pairs: number;
}

export interface StartingResult extends ResultHeader {
  readonly settings: StartingBenchmarkSettings;
  readonly starts: readonly Start[];
}

/** What `--json` prints, by the command: with the most pairs. */
export type StartingSummary = Readonly<
  Record<string, { readonly processorSeconds: number; readonly memoryBytesPerPair: number }>
>;

/** Time and memory from a command's start to its first step, with prepared sets of rising size. */
export async function measureStarting(
  settings: StartingBenchmarkSettings,
  context: BenchmarkContext,
): Promise<StartingResult> {
  const { seed, vocabularySize, commands } = settings;
  const facts: SideFacts[] = [];
  const starts: Start[] = [];
  for (const pairs of settings.pairs) {
    await withTemporaryFolder(async (folder) => {
      const places = { prepared: join(folder, 'prepared'), model: join(folder, 'model') };
      context.onProgress(`Preparing ${pairs} pairs.`);
      const set = { pairs, seed, vocabularySize, ...places };
      await (await context.start({ side: 'starting-set', settings: set })).close();
      for (const command of commands) {
        const own = { command, directory: join(folder, `run-${command}`), ...places };
        const answer = await withSides<SideFacts, StartingAnswer, StartingAnswer | undefined>(
          { ...context, onProgress: () => {} },
          new Map([[command, { side: 'starting', settings: own }]]),
          async (sides) => {
            const [side] = sides.values();
            if (side) facts.push(side.facts);
            return side?.measure();
          },
        );
        if (!answer) throw new Error('There is no side that starts.');
        context.onProgress(`${command}, ${pairs} pairs: ${answer.seconds.toFixed(1)} s to the first step`);
        starts.push({ command, pairs, ...answer });
      }
    });
  }
  return { ...resultHeader(facts, 1), settings, starts };
}

/** Bytes of memory that one more pair takes, from the smallest set to the largest. */
export function memoryBytesPerPair({ starts }: StartingResult, command: StartedCommand): number {
  const own = starts.filter((start) => start.command === command);
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last) return Number.NaN;
  return (last.peakMemoryBytes - first.peakMemoryBytes) / (last.pairs - first.pairs);
}

export function summarizeStarting(result: StartingResult): StartingSummary {
  return Object.fromEntries(
    result.settings.commands.map((command) => [
      command,
      {
        processorSeconds:
          result.starts.findLast((start) => start.command === command)?.processorSeconds ?? Number.NaN,
        memoryBytesPerPair: memoryBytesPerPair(result, command),
      },
    ]),
  );
}
