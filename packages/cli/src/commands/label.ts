import type { Command } from 'commander';
import { count } from '../count.js';
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
            `${count(pairs, 'pair')} from ${count(prompts, 'prompt')} (left out: ${identical} identical, ${tied} tied) → ${path}`,
        };
      }),
    ),
  );
}
