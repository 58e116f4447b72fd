import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { differencesOf, leftoversOf, outcomeOf } from './outcome.js';
import type { SoakedCommand } from './soaked-command.js';
import { hadNothing, startCommand, wasBegun } from './started-command.js';

/** What came of killing a command again and again. */
export interface CommandKills {
  readonly kills: number;
  /** Of these, before the command had said or written anything. */
  readonly early: number;
  /** Runs that were led to their end through kills, and compared. */
  readonly runs: number;
  /** Runs whose outcome differs from an undisturbed one's, or that left something behind, or did not end. */
  readonly differences: number;
}

/** About how many lives it takes a run to reach its end. */
const LIVES = 6;

/**
 * Kills a command at random moments, lets it resume until it is done, and compares what it leaves with an undisturbed run;
 * over and over, until it was killed so often.
 *
 * @param folder where the runs are made
 * @param isOver asked before each life
 */
export async function killCommand(
  command: SoakedCommand,
  {
    kills,
    folder,
    random,
    isOver,
    say,
  }: {
    readonly kills: number;
    readonly folder: string;
    readonly random: () => number;
    readonly isOver: () => boolean;
    readonly say: (line: string) => void;
  },
): Promise<CommandKills> {
  const figures = { kills: 0, early: 0, runs: 0, differences: 0 };
  const whole = join(folder, 'whole');
  mkdirSync(whole, { recursive: true });
  const { before, after } = await undisturbed(command, whole);
  const expected = outcomeOf(command, whole);

  for (let number = 0; figures.kills < kills && !isOver(); number++) {
    const run = join(folder, `run-${number}`);
    mkdirSync(run);
    let killedHere = 0;
    let problem: string | undefined;
    for (;;) {
      // A run is led to its end even where the time is over: what was killed is to be compared.
      const mayKill = figures.kills < kills && !isOver();
      const life = await live(command, run, mayKill ? moment(random, before, after) : undefined);
      if (life === 'done') break;
      if (typeof life === 'object') {
        problem = life.problem;
        break;
      }
      figures.kills += 1;
      killedHere += 1;
      if (life === 'early') figures.early += 1;
    }
    if (problem === undefined) {
      const wrong = [...differencesOf(outcomeOf(command, run), expected), ...leftoversOf(run)];
      if (wrong.length > 0) problem = `it differs in ${wrong.slice(0, 8).join(', ')}`;
    }
    if (problem !== undefined) {
      figures.differences += 1;
      say(`${command.name}, after ${killedHere} kills: ${problem}`);
    }
    figures.runs += 1;
    rmSync(run, { recursive: true });
  }
  rmSync(whole, { recursive: true });
  return figures;
}

/** When a process is killed: some milliseconds after its start, or after it has said or written something. */
interface Moment {
  readonly from: 'start' | 'work';
  readonly milliseconds: number;
}

function moment(random: () => number, before: number, after: number): Moment {
  return random() < 0.2
    ? { from: 'start', milliseconds: random() * before }
    : { from: 'work', milliseconds: (random() * 2 * after) / LIVES };
}

/** Milliseconds from its start to its first sign of work, and from there to its end. */
async function undisturbed(
  command: SoakedCommand,
  folder: string,
): Promise<{ readonly before: number; readonly after: number }> {
  const start = performance.now();
  const started = startCommand(command, folder);
  await untilWork(command, folder, started);
  const work = performance.now();
  const { status, said } = await started.ended;
  if (status !== 0) throw new Error(`ais ${command.name} ended with ${status}: ${said}`);
  return { before: work - start, after: performance.now() - work };
}

type Life = 'done' | 'early' | 'killed' | { readonly problem: string };

async function live(command: SoakedCommand, folder: string, kill: Moment | undefined): Promise<Life> {
  const resume = wasBegun(command, folder);
  const life = await liveOnce(command, folder, kill, resume);
  // Killed before it wrote down what it was asked, a command is started over.
  return life === 'nothing' ? ((await liveOnce(command, folder, kill, false)) as Life) : life;
}

async function liveOnce(
  command: SoakedCommand,
  folder: string,
  kill: Moment | undefined,
  resume: boolean,
): Promise<Life | 'nothing'> {
  const started = startCommand(command, folder, { resume });
  let isOver = false;
  let sawWork = false;
  void started.ended.then(() => {
    isOver = true;
  });
  const end = async (): Promise<void> => {
    const work = untilWork(command, folder, started, resume).then(() => {
      sawWork = !isOver;
    });
    if (!kill) return;
    if (kill.from === 'work') await work;
    await Promise.race([delay(kill.milliseconds), started.ended]);
    if (!isOver) started.process.kill('SIGKILL');
  };
  void end();
  const ending = await started.ended;
  if (ending.signal === 'SIGKILL') return sawWork ? 'killed' : 'early';
  if (ending.status === 0) return 'done';
  if (resume && hadNothing(ending)) return 'nothing';
  return { problem: `it ended with ${ending.status ?? ending.signal}: ${ending.said}` };
}

/** Waits until a command has said something, or written something where nothing was. */
async function untilWork(
  command: SoakedCommand,
  folder: string,
  { said, ended }: ReturnType<typeof startCommand>,
  resumed = false,
): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver && said() === '' && (resumed || !wasBegun(command, folder))) await delay(2);
}
