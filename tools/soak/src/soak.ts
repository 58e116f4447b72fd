import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PYTHIA_SIZES, type PythiaSize } from '@ais/language-model/gpt-neox';
import { createRandom } from '@ais/runtime';
import { checkpointStall } from './checkpoint-stall.js';
import { soakDisks, soakKills, soakSignals } from './commands/soak-commands.js';
import { AS_PROMISED, keepResults } from './commands/soak-results.js';
import { flipBytes } from './flip-bytes.js';
import { killCheckpoints } from './kill-checkpoints.js';
import { longRun } from './long-run.js';
import { PAGE, withFigures } from './publish/figures.js';
import { runSweep } from './sweep/run-sweep.js';
import { trainHours } from './train-hours.js';

const USAGE = `pnpm soak checkpoint [--kills 1000] [--processes 2] [--backend wasm] [--seed 1] [--json]
    Kills a training process at random instants of checkpoint writing, resumes it, and compares with an unbroken run;
    then flips every byte of a checkpoint. Ends with one line of figures, and status 1 where one of them is not 0.
pnpm soak kills [--kills 1000] [--minutes 60] [--command sft] [--backend wasm] [--json]
    Kills each command at random moments, lets it resume, and compares with an unbroken run. What earlier runs have done counts:
    their figures are in tools/soak/results.json.
pnpm soak disks [--disks 100] [--minutes 60] [--command sft] [--backend wasm] [--json]
    Lets each command meet a full disk, makes room, and compares. Needs root to mount a small disk. It continues as kills does.
pnpm soak signals [--minutes 60] [--command sft] [--backend wasm] [--json]
    Sends SIGTERM, SIGINT, and SIGHUP to each command in each of its phases, closes its standard output and its standard error,
    lets it resume, and compares with an unbroken run. It continues as kills does.
pnpm soak hours --directory D [--hours 1] [--kill-every 60] [--size 70m] [--backend wasm] [--json]
    Trains a run for --hours, then the same run again with one kill every --kill-every minutes, and compares all metrics and the
    last checkpoints. It takes twice the time. A later call with the same folder continues, on another machine too.
pnpm soak publish
    Renews the tables of docs/trust.md from tools/fuzz/results.json and tools/soak/results.json.
pnpm soak sweep [--jobs 30] [--kills 30] [--seed 1] [--json]
    Runs a study on three workers of a queue, kills them, freezes one, kills Redis twice, and fills the disk up; then compares
    with the study in one process. Needs redis-server, and root to mount a small disk. Ends as checkpoint does.
pnpm soak stall [--size 70m] [--backend wasm] [--json]
    Times steps beside the writing of checkpoints of a model of Pythia's size.
pnpm soak run --directory D [--minutes 120] [--backend wasm] [--json]
    Trains for so long, and tells memory and throughput along the way, in D/soak.json and D/soak.md.`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '30' },
    kills: { type: 'string' },
    minutes: { type: 'string' },
    hours: { type: 'string', default: '1' },
    'kill-every': { type: 'string', default: '60' },
    disks: { type: 'string', default: '100' },
    command: { type: 'string' },
    results: { type: 'string', default: fileURLToPath(new URL('../results.json', import.meta.url)) },
    directory: { type: 'string' },
    size: { type: 'string', default: '70m' },
    backend: { type: 'string', default: process.env['AIS_BACKEND'] ?? 'wasm' },
    processes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Figures in one line of JSON, or one below the other. */
function report(figures: object): void {
  process.stdout.write(
    values.json
      ? `${JSON.stringify(figures)}\n`
      : Object.entries(figures)
          .map(([name, value]) => `${name}: ${value}\n`)
          .join(''),
  );
}

async function checkpoint(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ais-soak-'));
  try {
    const random = createRandom(Number(values.seed), 'kills');
    const { duringWriting, runs, ...killed } = await killCheckpoints(Number(values.kills ?? 1000), {
      folder,
      backend: values.backend,
      steps: 300,
      processes: Number(values.processes),
      random: () => random.uniform(),
      onProgress: (done) => {
        if (done % 50 === 0) say(`${done} kills`);
      },
    });
    say(
      `${killed.kills} kills in ${runs} runs, ${duringWriting} of them while a checkpoint was written or removed`,
    );
    const { flips, undetected } = await flipBytes(
      join(folder, 'unbroken', 'checkpoints', 'step-5'),
      1,
      (done) => {
        if (done % 5000 === 0) say(`${done} flips`);
      },
    );
    say(`${flips} flips`);
    const { kills, neither, mixed, resumeDifferences } = killed;
    const figures = { kills, neither, mixed, undetectedFlips: undetected, resumeDifferences };
    report(figures);
    if (neither + mixed + undetected + resumeDifferences > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ofCommands = {
  backend: values.backend,
  seed: Number(values.seed),
  only: values.command,
  results: values.results,
  minutes: Number(values.minutes ?? 60),
  say,
};

/** Prints figures, and ends with status 1 where something was not as promised. */
function conclude(figures: object, problems: number): void {
  report(figures);
  if (problems > 0) process.exitCode = 1;
}

async function kills(): Promise<void> {
  const { kills: all } = await soakKills({ ...ofCommands, wanted: Number(values.kills ?? 1000) });
  const sum = (of: 'kills' | 'runs' | 'differences'): number =>
    Object.values(all).reduce((so, figures) => so + figures[of], 0);
  conclude({ kills: sum('kills'), runs: sum('runs'), differences: sum('differences') }, sum('differences'));
}

async function disks(): Promise<void> {
  const { disks: all } = await soakDisks({ ...ofCommands, wanted: Number(values.disks) });
  const sum = (of: 'full' | 'problems'): number =>
    Object.values(all).reduce((so, figures) => so + figures[of], 0);
  conclude({ disks: sum('full'), problems: sum('problems') }, sum('problems'));
}

async function signals(): Promise<void> {
  const rows = (await soakSignals(ofCommands)).signals;
  const outcomes = rows.flatMap((row) => Object.values(row.outcomes));
  const problems = outcomes.filter((outcome) => outcome !== AS_PROMISED).length;
  conclude({ phases: rows.length, disturbances: outcomes.length, problems }, problems);
}

async function sweep(): Promise<void> {
  const figures = await runSweep({
    jobs: Number(values.jobs),
    kills: Number(values.kills ?? 30),
    seed: Number(values.seed),
    say,
  });
  report(figures);
  if (figures.lost + figures.duplicated + figures.different > 0) process.exitCode = 1;
}

function pythiaSize(): PythiaSize {
  const size = PYTHIA_SIZES.find((found) => found === values.size);
  if (size === undefined) throw new Error(`--size is one of ${PYTHIA_SIZES.join(', ')}.`);
  return size;
}

async function hours(directory: string): Promise<void> {
  const random = createRandom(Number(values.seed), 'hours', Date.now());
  const trained = await trainHours({
    directory,
    hours: Number(values.hours),
    killEvery: Number(values['kill-every']),
    size: pythiaSize(),
    backend: values.backend,
    random: () => random.uniform(),
    say,
  });
  await keepResults(values.results, { hours: [trained] });
  conclude(trained, trained.differences);
}

async function stall(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ais-stall-'));
  try {
    const figures = await checkpointStall(pythiaSize(), { folder, backend: values.backend, checkpoints: 4 });
    report(figures);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [command] = positionals;
if (values.help) process.stdout.write(`${USAGE}\n`);
else if (command === 'checkpoint') await checkpoint();
else if (command === 'kills') await kills();
else if (command === 'disks') await disks();
else if (command === 'publish') writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8')));
else if (command === 'signals') await signals();
else if (command === 'sweep') await sweep();
else if (command === 'stall') await stall();
else if (command === 'hours' && values.directory !== undefined) await hours(values.directory);
else if (command === 'run' && values.directory !== undefined) {
  await longRun({
    directory: values.directory,
    minutes: Number(values.minutes ?? 120),
    backend: values.backend,
    json: values.json,
  });
} else {
  say(USAGE);
  process.exitCode = 2;
}
