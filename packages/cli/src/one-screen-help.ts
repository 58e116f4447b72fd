import { type Command, Help, Option } from 'commander';
import { hasColors, styled } from './colors.js';
import { failurePrefix } from './failure-prefix.js';

/** Notes on an option beside what commander knows of it. */
interface OptionNotes {
  /** Its line in the one-screen help. */
  readonly brief?: string;
  /** The words that it takes, for a shell that completes them. */
  readonly choices?: readonly string[];
}

const notes = new WeakMap<Option, OptionNotes>();

/** Adds a line for the one-screen help, or words for a shell, to an option. */
export function note(option: Option, more: OptionNotes): Option {
  notes.set(option, { ...notes.get(option), ...more });
  return option;
}

/** The words that an option takes; empty if it takes any text. */
export function choicesOf(option: Option): readonly string[] {
  return option.argChoices ?? notes.get(option)?.choices ?? [];
}

/**
 * Says which options the one-screen help of a command shows, under which headings, and in which words. Those that it leaves
 * out are in the full help.
 *
 * @param table heading → option, without its dashes → a line
 */
export function oneScreen(
  command: Command,
  table: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Command {
  const rank = new Map<Option, number>();
  for (const [heading, lines] of Object.entries(table)) {
    for (const [name, brief] of Object.entries(lines)) {
      const option = command.options.find(({ long }) => long === `--${name}`);
      if (option === undefined) throw new Error(`ais ${command.name()} has no option --${name}`);
      note(option, { brief }).helpGroup(`${heading}:`);
      rank.set(option, rank.size);
    }
  }
  const last = rank.size;
  for (const option of command.options) {
    if (!rank.has(option) && option.helpGroupHeading === undefined) option.helpGroup('Further options:');
  }
  const rankOf = (option: Option): number => rank.get(option) ?? last;
  (command.options as Option[]).sort((a, b) => rankOf(a) - rankOf(b));
  return command;
}

/**
 * Makes `--help` fit one screen: a line for each option that many need. The other options of a command are shown by
 * `--help-all`, which only such commands have.
 */
export function withOneScreenHelp(command: Command): void {
  const { options } = command;
  const shown = options.filter(isBrief);
  const isShort = shown.length > 0;
  const hasMore = isShort && shown.length < options.length;
  const last = shown.at(-1)?.helpGroupHeading;
  const help = new Option('-h, --help', 'show this help');
  command.addHelpOption(last === undefined ? help : help.helpGroup(last));
  if (hasMore) {
    const all = note(new Option('--help-all', 'show every option, in full'), { brief: 'show every option' });
    command.addOption(last === undefined ? all : all.helpGroup(last));
    command.on('option:help-all', () => {
      command.configureHelp({ ...command.configureHelp(), formatHelp: formatted(false) });
      command.help();
    });
  }
  command.configureHelp({ formatHelp: formatted(isShort) });
}

function isBrief(option: Option): boolean {
  return notes.get(option)?.brief !== undefined;
}

/** Commander's format, with the lines of the one-screen help in place of whole descriptions if it is to be short. */
function formatted(short: boolean): Help['formatHelp'] {
  return (command, helper) => {
    const help = Object.assign(new Help(), helper);
    const { visibleOptions, optionDescription } = help;
    // Not while commander looks for an option that was meant: that may be any.
    if (short) {
      help.visibleOptions = (of) => {
        const own = command.options;
        return visibleOptions.call(help, of).filter((option) => !own.includes(option) || isBrief(option));
      };
      help.optionDescription = (option) => notes.get(option)?.brief ?? optionDescription.call(help, option);
    }
    help.subcommandTerm = (child) =>
      [
        child.name(),
        ...child.registeredArguments.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`)),
      ].join(' ');
    help.styleTitle = (text) => styled('bold', text);
    help.styleOptionText = (text) => styled('cyan', text);
    help.styleSubcommandText = (text) => styled('cyan', text);
    help.styleCommandText = (text) => styled('cyan', text);
    return Help.prototype.formatHelp.call(help, command, help);
  };
}

/** Commander's own messages, as `ais` says what went wrong, with colors where they are shown. */
export function withOwnMessages(command: Command): void {
  command.configureOutput({
    getOutHasColors: () => hasColors(process.stdout),
    getErrHasColors: () => hasColors(process.stderr),
    outputError: (text, write) => write(text.replace(/^error:/, failurePrefix())),
  });
}
