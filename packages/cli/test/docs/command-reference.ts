import type { Argument, Command, Option } from 'commander';
import { cell, code, table } from './markdown.js';

/** docs/reference/commands.md: every command with its arguments and options, from the definitions that parse them. */
export function commandReference(program: Command): string {
  const commands = leaves(program);
  return [
    '# Commands\n',
    `${program.description()} Every command takes \`--help\`. What the commands are for, with examples, is in`,
    '[the command’s README](../../packages/cli/README.md); what a settings file may hold, in [Settings](settings.md).\n',
    'Exit statuses: 0, 1 (it failed), 2 (wrong usage), 130 (interrupted; the run can be resumed).\n',
    table(
      ['command', 'does'],
      commands.map(({ path, command }) => [
        `[\`${path}\`](#${path.replaceAll(' ', '-')})`,
        cell(command.description()),
      ]),
    ),
    ...commands.map(({ path, command }) => section(path, command)),
    'Generated from the definitions of the commands (`packages/cli/src`).\n',
  ].join('\n');
}

interface NamedCommand {
  readonly path: string;
  readonly command: Command;
}

/** The commands that do something: those without subcommands. */
function leaves(command: Command, above: readonly string[] = []): NamedCommand[] {
  const path = [...above, command.name()];
  if (command.commands.length === 0) return [{ path: path.join(' '), command }];
  return command.commands.flatMap((child) => leaves(child, path));
}

function section(path: string, command: Command): string {
  const { registeredArguments: args, options } = command;
  const usage = [path, ...args.map(usageOf), ...(options.length > 0 ? ['[options]'] : [])].join(' ');
  return [
    `## ${path}\n`,
    `${cell(command.description())}\n`,
    `\`\`\`text\n${usage}\n\`\`\`\n`,
    table(
      ['argument', 'is'],
      args.map((argument) => [code(argument.name()), cell(argument.description)]),
    ),
    table(['option', 'is'], options.filter(({ hidden }) => !hidden).map(row)),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function usageOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function row({ flags, description, argChoices, defaultValue, mandatory }: Option): string[] {
  const facts = [
    ...(mandatory ? ['required'] : []),
    ...(argChoices ? [`one of ${argChoices.map(code).join(', ')}`] : []),
    ...(defaultValue === undefined || typeof defaultValue === 'boolean'
      ? []
      : [`${code(String(defaultValue))} by default`]),
  ];
  return [code(flags), `${cell(description)}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`];
}
