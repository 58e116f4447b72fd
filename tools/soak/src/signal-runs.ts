import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reproducibleMetrics, storedCheckpoints } from './stored-run.js';

/** A command, and the moment at which it is to be stopped. */
export interface SignalCase {
  /** The phase that the signal falls into. */
  readonly phase: string;
  /** The command's arguments, without `--out`. */
  readonly command: readonly string[];
  /** Whether the process is in that phase, told from its folder (or file) and from what it has said. */
  readonly when: (out: string, said: string) => boolean;
}

/** What came of a signal. */
export interface SignalOutcome {
  readonly phase: string;
  readonly signal: NodeJS.Signals;
  readonly status: number | null;
  /** From the signal to the end of the process. */
  readonly seconds: number;
  /** Updates made after the signal. */
  readonly stepsAfter: number;
  /** What is wrong; nothing where all is as promised. */
  readonly problem?: string;
}

const PROGRAM = fileURLToPath(new URL('../../../packages/cli/dist/bin.js', import.meta.url));

/** Settings that keep a process short: a model of a few thousand parameters on a few records. */
function tiny(backend: string): string[] {
  return [...['--preset', 'tiny', '--seed', '3', '--backend', backend, '--json'], ...set('data.heldOut=64')];
}

const shape = set('shape.hiddenSize=32', 'shape.layerCount=1', 'shape.headCount=2');

function set(...assignments: string[]): string[] {
  return assignments.flatMap((assignment) => ['--set', assignment]);
}

const trainLines = (out: string): number => countLines(join(out, 'metrics.jsonl'), '"event":"train"');
const inFolder = (out: string, name: RegExp): boolean =>
  existsSync(join(out, 'checkpoints')) &&
  readdirSync(join(out, 'checkpoints')).some((found) => name.test(found));

/** A run of `ais sft`, which other commands take their model from. */
export function modelRun(backend: string): readonly string[] {
  return [
    ...['sft', ...tiny(backend), ...shape, '--records', '64', '--batch-size', '8', '--steps', '2'],
    ...set('evaluation.points=0'),
  ];
}

/**
 * Every phase of every command that can be gone on with.
 *
 * @param model where a run of `modelRun` is
 */
export function signalCases(backend: string, model = ''): SignalCase[] {
  const training = [...tiny(backend), ...shape, '--records', '64', '--batch-size', '8'];
  const noEvaluation = set('evaluation.points=0');
  const sft = ['sft', ...training, '--steps', '12', '--checkpoint-every', '3', ...noEvaluation];
  const evaluated = [
    'sft',
    ...training,
    '--steps',
    '4',
    ...set('evaluation.points=2', 'evaluation.prompts=64'),
  ];
  const train = [
    ...['train', ...training, '--steps', '4', '--objective', 'ais-dpo', '--micro-batch-size', '1'],
    ...set('evaluation.points=1', 'evaluation.prompts=64', 'evaluation.klPrompts=64'),
  ];
  const online = ['train', ...training, '--steps', '4', '--objective', 'rloo', ...noEvaluation];
  const reward = ['reward', ...training, '--records', '300', '--steps', '3', '--micro-batch-size', '1'];
  const generate = ['generate', ...tiny(backend), '--model', model, '--prompts', '400'];
  const responses = join(model, 'responses.jsonl');
  const label = ['label', '--backend', backend, '--json', '--responses', responses, '--scorer', 'oracle'];
  const parts = (out: string): number => countLines(`${out}.partial`, '"part"');
  return [
    { phase: 'loading', command: sft, when: (_, said) => said.includes('preset') },
    { phase: 'step', command: sft, when: (out) => trainLines(out) >= 5 },
    { phase: 'warm-up of the learning rate', command: sft, when: (out) => trainLines(out) === 1 },
    { phase: 'checkpoint', command: sft, when: (out) => inFolder(out, /^\.step-\d+\.tmp/) },
    {
      phase: 'evaluation, loss',
      command: evaluated,
      when: (out) => existsSync(join(out, 'config.json')),
    },
    {
      phase: 'reference log-probabilities',
      command: train,
      when: (out) => countLines(join(out, 'reference-log-probs.json.partial'), '"part"') >= 10,
    },
    { phase: 'evaluation, samples and KL', command: train, when: (_, said) => said.includes('evaluating') },
    {
      phase: 'generation',
      command: online,
      when: (out) => trainLines(out) >= 1,
    },
    { phase: 'finish (centering)', command: reward, when: (out) => trainLines(out) >= 3 },
    { phase: 'ais generate', command: generate, when: (out) => parts(out) >= 1 },
    { phase: 'ais label', command: [...label, ...set('batchSize=1')], when: (out) => parts(out) >= 1 },
  ];
}

/** Runs a command to its end, for comparison; `out` is where it wrote. */
export async function unbroken(command: readonly string[], out: string): Promise<void> {
  const { status, said } = await ended(start(command, out));
  if (status !== 0) throw new Error(`ais ${command[0]} ended with ${status}: ${said}`);
}

/**
 * Starts a command, sends it a signal in its phase, looks at what is left, lets it resume, and compares with the unbroken run.
 *
 * @param whole where the unbroken run is
 * @param out where this one is made
 */
export async function interruptAndResume(
  { phase, command, when }: SignalCase,
  signal: NodeJS.Signals,
  whole: string,
  out: string,
): Promise<SignalOutcome> {
  const child = start(command, out);
  const end = ended(child);
  while (child.process.exitCode === null && !when(out, child.said())) await delay(2);
  const sent = performance.now();
  child.process.kill(signal);
  const before = trainLines(out);
  const { status, said } = await end;
  const seconds = (performance.now() - sent) / 1000;
  const stepsAfter = trainLines(out) - before;
  const outcome = { phase, signal, status, seconds, stepsAfter };
  const problem = (text: string): SignalOutcome => ({ ...outcome, problem: `${text}\n${said}` });

  if (status !== 130) return problem('The process was not interrupted.');
  if (stepsAfter > 1) return problem(`It made ${stepsAfter} more updates.`);
  const inParts = [`${out}.partial`, join(out, 'reference-log-probs.json.partial')].some((path) =>
    existsSync(path),
  );
  if (!inParts) {
    const durable = storedCheckpoints(out).at(-1);
    if (!durable?.whole) return problem('No whole checkpoint is left.');
    if (durable.step !== trainLines(out)) return problem(`Its checkpoint is of step ${durable.step}.`);
  }
  const resumed = await ended(start([command[0] ?? '', '--resume', '--json'], out));
  if (resumed.status !== 0) return problem(`It did not resume: ${resumed.said}`);
  return result(whole) === result(out) ? outcome : problem('It did not end as the unbroken run.');
}

/** What a command ended with: its file, or its last checkpoint and its metrics. */
function result(out: string): string {
  if (statSync(out).isFile()) return readFileSync(out, 'utf8');
  return `${storedCheckpoints(out).at(-1)?.fingerprint}\n${reproducibleMetrics(out)}`;
}

interface Started {
  readonly process: ChildProcess;
  readonly said: () => string;
}

function start(command: readonly string[], out: string): Started {
  const child = spawn(process.execPath, [PROGRAM, ...command, '--out', out], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  return { process: child, said: () => said };
}

function ended({ process: child, said }: Started): Promise<{ status: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, said: said() }));
  });
}

function countLines(path: string, text: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split(text).length - 1 : 0;
}

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
