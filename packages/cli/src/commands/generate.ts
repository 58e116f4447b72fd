import type { Command } from 'commander';
import { count } from '../count.js';
import { onTerminal } from '../terminal.js';
import { pipelineCommand, runIntoFile } from './pipeline-command.js';

/** `ais generate`: responses to the prompts of a source. */
export function generateCommand(): Command {
  return pipelineCommand('generate', 'Sample responses to the prompts of a source.', {
    file: 'responses.jsonl',
    holds: 'one JSON object per line',
  }).action((flags) =>
    onTerminal((terminal) =>
      runIntoFile('generate', flags, terminal, async (settings) => {
        const { runGenerate, runGenerateShard } = await import('@ais/pipeline');
        return {
          run: (context) => runGenerate(settings, flags.out, context),
          runShard: (shard, path, context) => runGenerateShard(settings, path, shard, context),
          describeOutcome: ({ responses, tokens, finished, path }) =>
            `${count(responses, 'response')}${tokens === undefined ? '' : ` with ${count(tokens, 'token')}`}, ${finished} of them finished → ${path}`,
        };
      }),
    ),
  );
}
