import type { Command } from 'commander';
import {
  onTerminal,
  printPlan,
  realNumber,
  resolveSettings,
  runInDirectory,
  type TrainingFlags,
  trainingCommand,
  trainingLayer,
} from './configured-command.js';

interface RewardFlags extends TrainingFlags {
  readonly pairs?: string;
  readonly centering?: number;
}

/** `ais reward`: a reward model from pairs. */
export function rewardCommand(): Command {
  return trainingCommand('reward', 'Train a reward model on preference pairs, and center it.')
    .option('--pairs <file>', 'pairs, .jsonl; by default made from the source')
    .option('--centering <number>', 'coefficient of the term that keeps scores near 0', realNumber)
    .action((flags: RewardFlags) =>
      onTerminal(async (terminal) => {
        const { pairs, centering } = flags;
        const settings = await resolveSettings('reward', flags, {
          ...trainingLayer(flags),
          pairs,
          centering,
        });
        if (flags.dryRun) return printPlan(settings, { responses: 2, otherModels: 0 }, flags.json ?? false);
        const { runReward } = await import('@ais/studies');
        return runInDirectory('reward', settings, flags, terminal, (context) => runReward(settings, context));
      }),
    );
}
