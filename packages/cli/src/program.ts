import { stripVTControlCharacters } from 'node:util';
import { Command, CommanderError } from 'commander';
import packageManifest from '../package.json' with { type: 'json' };
import { hasColors } from './colors.js';
import { chatCommand } from './commands/chat.js';
import { completionCommand } from './commands/completion.js';
import { dataCommand } from './commands/data.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { generateCommand } from './commands/generate.js';
import { labelCommand } from './commands/label.js';
import { mergeCommand } from './commands/merge.js';
import { modelCommand } from './commands/model.js';
import { nativeCommand } from './commands/native.js';
import { reportCommand } from './commands/report.js';
import { rewardCommand } from './commands/reward.js';
import { sftCommand } from './commands/sft.js';
import { statusCommand } from './commands/status.js';
import { studyCommand } from './commands/study.js';
import { trainCommand } from './commands/train.js';
import { workerCommand } from './commands/worker.js';
import { describeError } from './describe-error.js';
import { exitStatus } from './exit-status.js';
import { failurePrefix } from './failure-prefix.js';
import { withOneScreenHelp, withOwnMessages } from './one-screen-help.js';
import { printable } from './printable.js';
import { welcome } from './welcome.js';

/** The `ais` command with all its subcommands; errors and exits are thrown, never acted on. */
export function createProgram(): Command {
  const program = new Command('ais')
    .description('Align language models with preference pairs, and measure over-optimization.')
    .version(packageManifest.version, '-V, --version', 'print the version');
  const groups: Readonly<Record<string, readonly Command[]>> = {
    Begin: [demoCommand(), doctorCommand(), nativeCommand(), completionCommand(createProgram)],
    'Models and data': [modelCommand(), dataCommand()],
    'Align a model': [
      sftCommand(),
      rewardCommand(),
      generateCommand(),
      labelCommand(),
      mergeCommand(),
      trainCommand(),
      evaluateCommand(),
      chatCommand(),
    ],
    Compare: [studyCommand(), statusCommand(), workerCommand(), reportCommand()],
  };
  for (const [heading, commands] of Object.entries(groups)) {
    program.commandsGroup(`${heading}:`);
    if (heading === 'Begin') program.helpCommand('help [command]', 'show the help of a command');
    for (const command of commands) program.addCommand(command);
  }
  prepare(program, 'ais');
  return program;
}

/**
 * Runs `ais` with the given arguments.
 *
 * Without arguments it says what it is, and what to do first.
 *
 * @returns the exit status: 0, 1 (it failed), 2 (wrong usage) or 130 (interrupted)
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  if (argv.length === 0) {
    const text = welcome(packageManifest.version);
    process.stdout.write(hasColors(process.stdout) ? text : stripVTControlCharacters(text));
    return 0;
  }
  try {
    await createProgram().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    const status = exitStatus(error);
    const json = argv.includes('--json');
    if (!(error instanceof CommanderError)) report(error, json);
    // Commander has printed its own message by the time it throws.
    else if (json && status !== 0) answer('UsageError', error.message.replace(/^error: /, ''));
    return status;
  }
}

function report(error: unknown, json: boolean): void {
  const { name, message, shown } = describeError(error);
  process.stderr.write(`${failurePrefix()} ${printable(shown)}\n`);
  if (process.env['AIS_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (json) answer(name, message);
}

/** A failure on standard output, as `--json` has it. */
function answer(name: string, message: string): void {
  process.stdout.write(`${JSON.stringify({ error: { name, message } })}\n`);
}

/** Gives a command and those below it their help and messages, and lets them throw instead of exiting. */
function prepare(command: Command, path: string): void {
  command.exitOverride().showHelpAfterError(`Run ${path} --help for usage.`);
  withOwnMessages(command);
  withOneScreenHelp(command);
  for (const child of command.commands) prepare(child, `${path} ${child.name()}`);
}
