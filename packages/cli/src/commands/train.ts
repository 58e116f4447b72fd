import { join } from 'node:path';
import type { Command } from 'commander';
import { shardOf } from '../option-values.js';
import { onTerminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import {
  commandSettings,
  contextOf,
  pipelineCommand,
  printPlan,
  runInFolder,
  runShardIntoFile,
} from './pipeline-command.js';

/** `ais train`: a policy from preference pairs, or from its own samples, with any objective. */
export function trainCommand(): Command {
  return pipelineCommand(
    'train',
    'Train a policy on preferences, from pairs or from its own samples.',
    'run folder',
  )
    .option(
      '--reference-shard <i/n>',
      'compute the i-th of n shares of the reference’s log-probabilities into --out, and no more; without it, ais train finds them there',
      shardOf,
    )
    .action((flags) =>
      onTerminal(async (terminal) => {
        const { runReferenceShard, runTrain, tryObjective, withObjective } = await import('@ais/pipeline');
        const settings = await withObjective(await commandSettings('train', flags));
        if (flags.dryRun) {
          const { useBackend } = await import('@ais/runtime');
          await useBackend(settings.backend);
          const { feedback } = await tryObjective(settings);
          const ofScorer = settings.scorer === undefined || settings.scorer === 'oracle' ? 0 : 1;
          const responses = feedback === 'samples' ? settings.samples : 2;
          return printPlan(settings, { responses, otherModels: 1 + ofScorer }, flags.json);
        }
        const { referenceShard: shard, out } = flags;
        if (!shard) {
          return runInFolder('train', settings, flags, terminal, (context) => runTrain(settings, context));
        }
        if (out === undefined) {
          throw new UsageError('--reference-shard needs --out, the folder of the run that it is for.');
        }
        const { useBackend } = await import('@ais/runtime');
        await useBackend(settings.backend);
        const context = { ...contextOf('train', flags, terminal), directory: out };
        return runShardIntoFile(shard, 'pair', { ...flags, out: join(out, 'reference') }, terminal, () =>
          runReferenceShard(settings, shard, context),
        );
      }),
    );
}
