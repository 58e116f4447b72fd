import type { Command, Option } from 'commander';
import { choicesOf } from '../one-screen-help.js';

/** The words that may follow a command on a command line. */
export interface CommandWords {
  /** The command, without `ais`: `data build`; empty for `ais` itself. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly OptionWord[];
  /** The words that its first argument may be; none if any text is. */
  readonly choices: readonly string[];
}

interface Word {
  readonly name: string;
  /** One line. */
  readonly description: string;
}

interface OptionWord extends Word {
  readonly takesValue: boolean;
  /** The words that its value may be; none if any text, such as a file, is. */
  readonly choices: readonly string[];
}

/** A command and all below it, each with what may follow it. */
export function commandTree(command: Command, path: readonly string[] = []): CommandWords[] {
  const own: CommandWords = {
    path: path.join(' '),
    commands: command.commands.map((child) => ({
      name: child.name(),
      description: line(child.summary() || child.description()),
    })),
    options: [
      ...command.options.map(optionWord),
      { name: 'help', description: 'show help', takesValue: false, choices: [] },
    ],
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
  return [own, ...command.commands.flatMap((child) => commandTree(child, [...path, child.name()]))];
}

function optionWord(option: Option): OptionWord {
  return {
    name: option.long?.replace(/^--/, '') ?? '',
    description: line(option.description),
    takesValue: option.required || option.optional,
    choices: choicesOf(option),
  };
}

/** The first clause of a description: shells show little more. */
function line(description: string): string {
  return description.replace(/[.;:] .*$|\.$/s, '').replace(/\s+/g, ' ');
}
