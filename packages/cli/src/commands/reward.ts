import type { Command } from 'commander';
import { onTerminal } from '../terminal.js';
import { commandSettings, pipelineCommand, printPlan, runInFolder } from './pipeline-command.js';

/** `ais reward`: a reward model from pairs. */
export function rewardCommand(): Command {
  return pipelineCommand(
    'reward',
    'Train a reward model on preference pairs, and center it.',
    'run folder',
  ).action((flags) =>
    onTerminal(async (terminal) => {
      const settings = await commandSettings('reward', flags);
      if (flags.dryRun) return printPlan(settings, { responses: 2, otherModels: 0 }, flags.json);
      const { runReward } = await import('@ais/pipeline');
      return runInFolder('reward', settings, flags, terminal, (context) => runReward(settings, context));
    }),
  );
}
