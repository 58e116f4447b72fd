import type { Command } from 'commander';
import { onTerminal } from '../terminal.js';
import { pipelineCommand, runIntoFile } from './pipeline-command.js';

/** `ais label`: preference pairs from sampled responses. */
export function labelCommand(): Command {
  return pipelineCommand('label', 'Order two sampled responses per prompt by a judge, as preference pairs.', {
    file: 'pairs.jsonl',
    holds: 'one JSON object per line',
  }).action((flags) =>
    onTerminal((terminal) =>
      runIntoFile('label', flags, terminal, async (settings) => {
        const { runLabel, runLabelShard } = await import('@ais/pipeline');
        return {
          run: (context) => runLabel(settings, flags.out, context),
          runShard: (shard, path, context) => runLabelShard(settings, path, shard, context),
          describeOutcome: ({ pairs, prompts, identical, tied, path }) =>
            `${pairs} pairs from ${prompts} prompts (left out: ${identical} identical, ${tied} tied) → ${path}`,
        };
      }),
    ),
  );
}
