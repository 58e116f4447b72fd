import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@ais/runtime';
import { DISTURBANCES, disturbCommand } from './disturb-command.js';
import { bytesIn, fillDisk } from './fill-disks.js';
import { killCommand } from './kill-command.js';
import { outcomeOf } from './outcome.js';
import { type Phase, phasesOf } from './phases.js';
import { AS_PROMISED, keepResults, type SignalRow, type SoakResults } from './soak-results.js';
import {
  furtherCommands,
  modelCommand,
  type Prepared,
  responsesCommand,
  type SoakedCommand,
  soakedCommands,
} from './soaked-command.js';
import { leadToEnd, outOf } from './started-command.js';

/** What both soaks of commands are told. */
export interface SoakOptions {
  readonly backend: string;
  readonly seed: number;
  /** Of each command for kills, of all together for disks; those of earlier runs count. */
  readonly wanted: number;
  readonly minutes: number;
  /** Which commands; all by default. */
  readonly only?: string | undefined;
  readonly results: string;
  readonly say: (line: string) => void;
}

/** Kills each command as often as is wanted, in turns of a few runs, and keeps what came of it after each turn. */
export async function soakKills(options: SoakOptions): Promise<SoakResults> {
  const { wanted, minutes, seed, results, say } = options;
  const over = performance.now() + 60_000 * minutes;
  return inFolder(options, async (folder, commands) => {
    let kept = await keepResults(results, {});
    for (;;) {
      const done = (name: string): number => kept.kills[name]?.kills ?? 0;
      const [next] = commands
        .filter(({ name }) => done(name) < wanted)
        .sort((a, b) => done(a.name) - done(b.name));
      if (!next || performance.now() > over) return kept;
      const random = createRandom(seed, 'kills', next.name, done(next.name));
      const turn = await killCommand(next, {
        kills: Math.min(TURN, wanted - done(next.name)),
        folder: mkdtempSync(join(folder, 'turn-')),
        random: () => random.uniform(),
        isOver: () => performance.now() > over,
        say,
      });
      kept = await keepResults(results, { kills: { [next.name]: turn } });
      say(
        `${next.name}: ${done(next.name)} kills of ${wanted}, ${kept.kills[next.name]?.differences} differences`,
      );
    }
  });
}

/** Kills of a command before another one's turn, which begins with an undisturbed run. */
const TURN = 25;

/** Lets each command in turn meet a full disk, until the wanted number has been reached. */
export async function soakDisks(options: SoakOptions): Promise<SoakResults> {
  const { wanted, minutes, seed, results, say } = options;
  const over = performance.now() + 60_000 * minutes;
  return inFolder(options, async (folder, commands) => {
    let kept = await keepResults(results, {});
    const wholes = new Map<
      string,
      { readonly bytes: number; readonly outcome: Readonly<Record<string, string>> }
    >();
    const total = (): number => Object.values(kept.disks).reduce((sum, { full }) => sum + full, 0);
    for (let number = 0; total() < wanted && performance.now() < over; number++) {
      const command = commands[number % commands.length] as SoakedCommand;
      const { name } = command;
      const whole = wholes.get(name) ?? (await undisturbed(command, mkdtempSync(join(folder, 'whole-'))));
      wholes.set(name, whole);
      const random = createRandom(seed, 'disks', name, kept.disks[name]?.full ?? 0, number);
      const leave = Math.floor(random.uniform() * whole.bytes);
      const { wasFull, problem } = await fillDisk(command, leave, whole.outcome);
      if (problem !== undefined) say(problem);
      kept = await keepResults(results, {
        disks: { [name]: { full: wasFull ? 1 : 0, problems: problem === undefined ? 0 : 1 } },
      });
      say(`${total()} full disks of ${wanted}: ${name} with ${leave} of ${whole.bytes} bytes`);
    }
    return kept;
  });
}

/** Disturbs each command in each of its phases in each way, and keeps what came of it after each phase. */
export async function soakSignals(options: Omit<SoakOptions, 'wanted' | 'seed'>): Promise<SoakResults> {
  const { backend, only, minutes, results, say } = options;
  const over = performance.now() + 60_000 * minutes;
  return inFolder(options, async (folder, commands) => {
    let kept = await keepResults(results, {});
    const wholes = new Map<string, Readonly<Record<string, string>>>();
    const further = furtherCommands(backend).filter(({ name }) => only === undefined || name === only);
    const phases = phasesOf([...commands, ...further]);
    const isKept = ({ command, phase }: Phase): boolean =>
      kept.signals.some(
        (row) =>
          row.command === command.name && row.phase === phase && row.backend === backend && isWhole(row),
      );
    for (const each of phases.filter((phase) => !isKept(phase))) {
      if (performance.now() > over) break;
      const { command, phase } = each;
      const whole =
        wholes.get(command.name) ?? (await undisturbed(command, mkdtempSync(join(folder, 'whole-')))).outcome;
      wholes.set(command.name, whole);
      const outcomes: Record<string, string> = {};
      for (const disturbance of DISTURBANCES) {
        const at = mkdtempSync(join(folder, 'disturbed-'));
        const { status, seconds, problem } = await disturbCommand(each, disturbance, at, whole);
        outcomes[disturbance] = problem === undefined ? AS_PROMISED : (problem.split('\n')[0] ?? problem);
        say(`${command.name}, ${phase}, ${disturbance}: status ${status} after ${seconds.toFixed(2)} s`);
        if (problem !== undefined) say(problem);
        rmSync(at, { recursive: true });
      }
      kept = await keepResults(results, { signals: [{ command: command.name, phase, backend, outcomes }] });
    }
    return kept;
  });
}

const isWhole = ({ outcomes }: SignalRow): boolean =>
  DISTURBANCES.every((disturbance) => outcomes[disturbance] === AS_PROMISED);

async function undisturbed(command: SoakedCommand, folder: string) {
  await leadToEnd(command, folder);
  return { bytes: bytesIn(folder), outcome: outcomeOf(command, folder) };
}

/** Prepares what the commands work with in a folder, which is removed in the end. */
export async function inFolder<Result>(
  { backend, only }: Pick<SoakOptions, 'backend' | 'only'>,
  work: (folder: string, commands: readonly SoakedCommand[]) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'ais-soak-'));
  try {
    return await work(
      folder,
      (await preparedCommands(backend, folder)).filter(({ name }) => only === undefined || name === only),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The commands, with the model and the responses that some of them take. */
export async function preparedCommands(backend: string, folder: string): Promise<readonly SoakedCommand[]> {
  const place = join(folder, 'prepared');
  mkdirSync(place, { recursive: true });
  const model = modelCommand(backend);
  await leadToEnd(model, place);
  const prepared: Prepared = { backend, model: outOf(model, place) };
  const responses = responsesCommand(prepared);
  await leadToEnd(responses, place);
  cpSync(outOf(responses, place), join(prepared.model, 'responses.jsonl'));
  return soakedCommands(prepared);
}
