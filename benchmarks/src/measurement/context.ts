import { loadavg } from 'node:os';
import type { SideProgram } from '../processes/start-side.js';
import type { Side, SideFacts } from '../sides/side.js';
import { describeMachine, type Machine } from './machine.js';

/** What every benchmark is given beside its own settings. */
export interface BenchmarkContext {
  /** One line for people. */
  readonly onProgress: (line: string) => void;
  /** Threads that each side may use. */
  readonly threads: number;
  /** Makes a side ready to measure, in a process of its own. */
  readonly start: <Facts, Answer>(program: SideProgram) => Promise<Side<Facts, Answer>>;
}

/** What every result has. */
export interface ResultHeader {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** Threads that each side may use. */
  readonly threads: number;
  /** How many processes wanted a core when it ended, as the system counts them, ours among them. */
  readonly load?: number;
  /** Of both sides' libraries. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The versions of all sides are joined. */
export function resultHeader(facts: readonly SideFacts[], threads: number): ResultHeader {
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    threads,
    load: loadavg()[0] ?? Number.NaN,
    versions: Object.assign({}, ...facts.map(({ versions }) => versions)) as Record<string, string>,
  };
}
