import type { Command } from 'commander';
import { onTerminal } from '../terminal.js';
import {
  commandSettings,
  pipelineCommand,
  printSettings,
  runIntoFile,
  runShard,
} from './pipeline-command.js';

/** `ais generate`: responses to the prompts of a source. */
export function generateCommand(): Command {
  return pipelineCommand('generate', 'Sample responses to the prompts of a source.', {
    file: 'responses.jsonl',
  }).action((flags) =>
    onTerminal(async (terminal) => {
      const settings = await commandSettings('generate', flags);
      if (flags.dryRun) return printSettings(settings, flags.json);
      const { runGenerate, runGenerateShard } = await import('@ais/pipeline');
      const { shard } = flags;
      if (shard) {
        return runShard('generate', settings, { ...flags, shard }, terminal, (context) =>
          runGenerateShard(settings, flags.out, shard, context),
        );
      }
      return runIntoFile(
        'generate',
        settings,
        flags,
        terminal,
        (context) => runGenerate(settings, flags.out, context),
        ({ responses, tokens, finished, path }) =>
          `${responses} responses${tokens === undefined ? '' : ` with ${tokens} tokens`}, ${finished} of them finished → ${path}`,
      );
    }),
  );
}
