import { Command } from 'commander';
import { collect } from '../option-values.js';
import { outputFile } from '../output-file.js';
import { UsageError } from '../usage-error.js';
import { evaluateCommand } from './evaluate.js';
import { generateCommand } from './generate.js';
import { labelCommand } from './label.js';

/** `ais merge`: joins the shards of a file. */
export function mergeCommand(): Command {
  return new Command('merge')
    .summary('join the shards of one command into a file')
    .description(
      'Join the shards that ais generate, ais label, or ais evaluate left beside a file into that file, as one run without --shard would have written it.',
    )
    .argument('<file>', 'the file that --out named, beside which the shards are', outputFile)
    .option('--allow <name>', 'code or a server that may be used because the shards name it', collect)
    .option('--json', 'print one JSON object on standard output, progress on standard error')
    .action(
      async (
        file: string,
        { allow = [], json }: { readonly allow?: readonly string[]; readonly json?: boolean },
      ) => {
        const { mergeShards } = await import('@ais/trainer/runs');
        const { command: made } = await mergeShards(file);
        const command = { generate: generateCommand, label: labelCommand, evaluate: evaluateCommand }[
          String(made)
        ];
        if (!command)
          throw new UsageError(`The shards of ${file} are not of ais generate, ais label, or ais evaluate.`);
        const argv = ['--resume', '--out', file, ...allow.flatMap((name) => ['--allow', name])];
        // With all parts done, what resumes computes nothing.
        await command().parseAsync([...argv, ...(json ? ['--json'] : [])], { from: 'user' });
      },
    );
}
