import { createRequire } from 'node:module';
import { readJson, writeJson } from '@ais/runtime/files';
import type { TrainedHours } from '../train-hours.js';
import type { CommandKills } from './kill-command.js';

/** What came of disturbing commands, over all runs so far: the file that one run leaves, and the next one continues. */
export interface SoakResults {
  readonly from: string;
  readonly to: string;
  /** Of each release and Node.js that was disturbed. */
  readonly versions: readonly string[];
  readonly kills: Readonly<Record<string, CommandKills>>;
  readonly disks: Readonly<Record<string, { readonly full: number; readonly problems: number }>>;
  /** By command, phase, and back end: what each disturbance came to. */
  readonly signals: readonly SignalRow[];
  /** One entry for each call. */
  readonly hours: readonly TrainedHours[];
}

/** What is said of a disturbance that came to what was promised. */
export const AS_PROMISED = 'as promised';

/** A phase of a command, and what came of each disturbance in it: nothing wrong, or what. */
export interface SignalRow {
  readonly command: string;
  readonly phase: string;
  readonly backend: string;
  readonly outcomes: Readonly<Record<string, string>>;
}

/** Adds to what earlier runs have left. Figures of a command add up; a phase on a back end replaces the one before, hours of training stand one after the other. */
export async function keepResults(
  path: string,
  added: Partial<Pick<SoakResults, 'kills' | 'disks' | 'signals' | 'hours'>>,
): Promise<SoakResults> {
  const today = new Date().toISOString().slice(0, 10);
  const before = await readJson<SoakResults>(path);
  const kept: SoakResults = {
    from: before?.from ?? today,
    to: today,
    versions: [...new Set([...(before?.versions ?? []), version()])],
    kills: sums(before?.kills ?? {}, added.kills ?? {}),
    disks: sums(before?.disks ?? {}, added.disks ?? {}),
    signals: replaced(before?.signals ?? [], added.signals ?? []),
    hours: [...(before?.hours ?? []), ...(added.hours ?? [])],
  };
  if (Object.keys(added).length > 0) await writeJson(path, kept);
  return kept;
}

function sums<Figures extends object>(
  before: Readonly<Record<string, Figures>>,
  added: Readonly<Record<string, Figures>>,
): Record<string, Figures> {
  const total: Record<string, Figures> = { ...before };
  for (const [name, figures] of Object.entries(added)) {
    const own = total[name] as Readonly<Record<string, number>> | undefined;
    const each = Object.entries(figures).map(([key, value]) => [key, (own?.[key] ?? 0) + Number(value)]);
    total[name] = Object.fromEntries(each) as Figures;
  }
  return total;
}

function replaced(before: readonly SignalRow[], added: readonly SignalRow[]): SignalRow[] {
  const key = ({ command, phase, backend }: SignalRow): string => `${command}, ${phase}, ${backend}`;
  const rows = new Map([...before, ...added].map((row) => [key(row), row]));
  return [...rows.values()];
}

function version(): string {
  const { version: release } = createRequire(import.meta.url)('@ais/cli/package.json') as {
    readonly version: string;
  };
  return `ais ${release}, Node.js ${process.versions.node}`;
}
