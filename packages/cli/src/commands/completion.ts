import { Argument, Command } from 'commander';
import { bashCompletion } from '../completion/bash.js';
import { type CommandWords, commandTree } from '../completion/command-tree.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const satisfies Readonly<
  Record<string, (tree: readonly CommandWords[]) => string>
>;

/**
 * `ais completion`: a script that completes commands, options, and their words in a shell, without asking `ais` again.
 *
 * @param program makes the whole command, which the script describes
 */
export function completionCommand(program: () => Command): Command {
  return new Command('completion')
    .summary('let a shell complete ais')
    .description('Print the script that lets a shell complete ais.')
    .addArgument(new Argument('<shell>', 'bash, zsh, or fish').choices(Object.keys(shells)))
    .addHelpText(
      'after',
      `
Once, for all terminals from then on:
  ais completion bash > ~/.local/share/bash-completion/completions/ais
  ais completion zsh > "\${fpath[1]}/_ais"
  ais completion fish > ~/.config/fish/completions/ais.fish

Again after an update of ais, for what is new.`,
    )
    .action((shell: keyof typeof shells) => {
      process.stdout.write(shells[shell](commandTree(program())));
    });
}
