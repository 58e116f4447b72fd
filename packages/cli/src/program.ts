import { Command, CommanderError } from 'commander';
import packageManifest from '../package.json' with { type: 'json' };
import { chatCommand } from './commands/chat.js';
import { dataCommand } from './commands/data.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { generateCommand } from './commands/generate.js';
import { labelCommand } from './commands/label.js';
import { modelCommand } from './commands/model.js';
import { nativeCommand } from './commands/native.js';
import { reportCommand } from './commands/report.js';
import { rewardCommand } from './commands/reward.js';
import { sftCommand } from './commands/sft.js';
import { studyCommand } from './commands/study.js';
import { trainCommand } from './commands/train.js';
import { describeError } from './describe-error.js';
import { exitStatus } from './exit-status.js';
import { printable } from './printable.js';

/** The `ais` command with all its subcommands; errors and exits are thrown, never acted on. */
export function createProgram(): Command {
  const program = new Command('ais')
    .description('Align language models with preference pairs, and measure over-optimization.')
    .version(packageManifest.version)
    .showHelpAfterError('Run with --help to see what is possible.');
  for (const command of [
    doctorCommand(),
    nativeCommand(),
    modelCommand(),
    dataCommand(),
    sftCommand(),
    rewardCommand(),
    generateCommand(),
    labelCommand(),
    trainCommand(),
    evaluateCommand(),
    chatCommand(),
    demoCommand(),
    studyCommand(),
    reportCommand(),
  ])
    program.addCommand(command);
  throwInsteadOfExiting(program);
  return program;
}

/**
 * Runs `ais` with the given arguments.
 *
 * @returns the exit status: 0, 1 (it failed), 2 (wrong usage) or 130 (interrupted)
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has printed its own message by the time it throws.
    if (!(error instanceof CommanderError)) report(error, argv.includes('--json'));
    return exitStatus(error);
  }
}

function report(error: unknown, json: boolean): void {
  const { name, message } = describeError(error);
  process.stderr.write(`error: ${printable(message)}\n`);
  if (process.env['AIS_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ error: { name, message } })}\n`);
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExiting(child);
}
