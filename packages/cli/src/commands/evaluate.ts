import type { Command } from 'commander';
import { describe } from '../describe-run.js';
import { onTerminal } from '../terminal.js';
import { pipelineCommand, runIntoFile } from './pipeline-command.js';

/** `ais evaluate`: loss, win rate, exact KL, and samples of a model. */
export function evaluateCommand(): Command {
  return pipelineCommand('evaluate', 'Measure loss, win rate, and exact KL of a model on held-out prompts.', {
    holds: 'what was measured, one JSON object; it is printed too',
  }).action((flags) =>
    onTerminal((terminal) =>
      runIntoFile('evaluate', flags, terminal, async (settings) => {
        const { runEvaluate, runEvaluateShard } = await import('@ais/pipeline');
        return {
          run: (context) => runEvaluate(settings, context, flags.out),
          runShard: (shard, path, context) => runEvaluateShard(settings, path, shard, context),
          describeOutcome: ({ metrics }) => describe(metrics),
          part: 'prompt',
        };
      }),
    ),
  );
}
