import type { Command } from 'commander';
import { onTerminal } from '../terminal.js';
import { commandSettings, pipelineCommand, printPlan, runInFolder } from './pipeline-command.js';

/** `ais train`: a policy from preference pairs, or from its own samples, with any objective. */
export function trainCommand(): Command {
  return pipelineCommand(
    'train',
    'Train a policy on preferences, from pairs or from its own samples.',
    'run folder',
  ).action((flags) =>
    onTerminal(async (terminal) => {
      const { runTrain, tryObjective, withObjective } = await import('@ais/pipeline');
      const settings = await withObjective(await commandSettings('train', flags));
      if (flags.dryRun) {
        const { useBackend } = await import('@ais/runtime');
        await useBackend(settings.backend);
        const { feedback } = await tryObjective(settings);
        const ofScorer = settings.scorer === undefined || settings.scorer === 'oracle' ? 0 : 1;
        const responses = feedback === 'samples' ? settings.samples : 2;
        return printPlan(settings, { responses, otherModels: 1 + ofScorer }, flags.json);
      }
      return runInFolder('train', settings, flags, terminal, (context) => runTrain(settings, context));
    }),
  );
}
