import type { Command } from 'commander';
import { onTerminal } from '../terminal.js';
import {
  commandSettings,
  pipelineCommand,
  printSettings,
  runIntoFile,
  runShard,
} from './pipeline-command.js';

/** `ais label`: preference pairs from sampled responses. */
export function labelCommand(): Command {
  return pipelineCommand('label', 'Order two sampled responses per prompt by a judge, as preference pairs.', {
    file: 'pairs.jsonl',
  }).action((flags) =>
    onTerminal(async (terminal) => {
      const settings = await commandSettings('label', flags);
      if (flags.dryRun) return printSettings(settings, flags.json);
      const { runLabel, runLabelShard } = await import('@ais/pipeline');
      const { shard } = flags;
      if (shard) {
        return runShard('label', settings, { ...flags, shard }, terminal, (context) =>
          runLabelShard(settings, flags.out, shard, context),
        );
      }
      return runIntoFile(
        'label',
        settings,
        flags,
        terminal,
        (context) => runLabel(settings, flags.out, context),
        ({ pairs, prompts, identical, tied, path }) =>
          `${pairs} pairs from ${prompts} prompts (left out: ${identical} identical, ${tied} tied) → ${path}`,
      );
    }),
  );
}
