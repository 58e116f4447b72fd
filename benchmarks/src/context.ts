import { describeMachine, type Machine } from './machine.js';

/** What every benchmark is given beside its own settings. */
export interface BenchmarkContext {
  readonly signal?: AbortSignal;
  /** One line for people. */
  readonly onProgress: (line: string) => void;
}

/** What stands in every result. */
export interface ResultHeader {
  readonly benchmark: string;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** Threads of each side. */
  readonly threads: number;
  /** Of both sides' libraries. */
  readonly versions: Readonly<Record<string, string>>;
}

export function resultHeader(
  benchmark: string,
  versions: readonly Readonly<Record<string, string>>[],
): ResultHeader {
  const machine = describeMachine();
  return {
    benchmark,
    date: new Date().toISOString(),
    machine,
    threads: machine.cores,
    versions: Object.assign({}, ...versions) as Record<string, string>,
  };
}
