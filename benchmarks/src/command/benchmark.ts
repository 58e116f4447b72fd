import type { Option } from 'commander';
import type { BenchmarkContext, ResultHeader } from '../measurement/context.js';

/** A benchmark as the command line and the documentation know it. */
export interface Benchmark<Settings extends object = object, Result extends ResultHeader = ResultHeader> {
  readonly name: string;
  readonly description: string;
  /** Those of the published result. */
  readonly settings: Settings;
  /** What makes it end within seconds, on any back end and without Python. */
  readonly quick: Partial<Settings>;
  /** Flags that change single settings; each is named after its setting. */
  readonly flags: readonly Option[];
  /** What a result is called where one benchmark has several published; its own name by default. */
  resultName?(settings: Settings): string;
  measure(settings: Settings, context: BenchmarkContext): Promise<Result>;
  /** What `--json` prints. */
  summarize(result: Result): object;
  /** Markdown for the documentation, from a heading of level 2 on. */
  render(result: Result): string;
}
