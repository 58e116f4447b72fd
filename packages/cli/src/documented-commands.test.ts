import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from './program.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  // Changesets speak of what is gone.
  .filter((page) => page !== '' && !page.startsWith('.changeset/'));

/** The command lines of `ais` in a text, in blocks and in the middle of sentences. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh|console)\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .replace(/\\\n\s*/g, ' ')
      .replace(/^\$ /gm, '')
      .split('\n'),
  );
  const quoted = [...text.replace(/^```.*?^```$/gms, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...quoted].flatMap((line) => {
    const found = /^(?:node packages\/cli\/dist\/bin\.js|npx ais|ais) (\w.*)$/.exec(
      line.replace(/\s+#.*$/, '').trim(),
    );
    return found?.[1] === undefined ? [] : [found[1]];
  });
}

/** The fault of a command line: a command or an option that does not exist. */
function problemsOf(line: string): string[] {
  let command: Command = createProgram();
  const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  while (command.commands.length > 0) {
    const name = words.shift() ?? '';
    // Pages write "ais sft|reward|train" of several alike.
    const subcommands = name
      .split('|')
      .map((each) => command.commands.find((child) => child.name() === each));
    const [first] = subcommands;
    if (first === undefined || subcommands.includes(undefined)) return [`no command "${name}"`];
    command = first;
    if (words.length === 0) break;
  }
  const flags = words.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/, ''));
  const known = new Set([...command.options.map(({ long }) => long), '--help']);
  return flags.filter((flag) => !known.has(flag)).map((flag) => `${command.name()} has no option ${flag}`);
}

test('pages name commands and options that exist', () => {
  const problems = pages.flatMap((page) =>
    commandLines(readFileSync(join(root, page), 'utf8')).flatMap((line) =>
      problemsOf(line).map((problem) => `${page}: ais ${line}: ${problem}`),
    ),
  );
  expect(problems).toEqual([]);
});

test('notices commands and options that do not exist', () => {
  const text =
    '`ais sft --sauce a`, `ais cook`, `ais data build --source a`\n\n```sh\nais demo \\\n  --source b  # --gone\n```\n\n```console\n$ ais chat --mode c\n```\n';
  expect(commandLines(text).flatMap(problemsOf)).toEqual([
    'demo has no option --source',
    'chat has no option --mode',
    'sft has no option --sauce',
    'no command "cook"',
  ]);
});
