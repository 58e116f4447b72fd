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

interface SftFlags extends TrainingFlags {
  readonly promptWeight?: number;
}

/** `ais sft`: a supervised model from a source. */
export function sftCommand(): Command {
  return trainingCommand('sft', 'Train a language model on reference responses.')
    .option('--prompt-weight <number>', 'what a prompt token counts for, from 0 to 1', realNumber)
    .action((flags: SftFlags) =>
      onTerminal(async (terminal) => {
        const { promptWeight } = flags;
        const settings = await resolveSettings('sft', flags, { ...trainingLayer(flags), promptWeight });
        if (flags.dryRun)
          return printPlan(
            settings,
            { responses: 1, predictsPrompt: settings.promptWeight > 0, otherModels: 0 },
            flags.json ?? false,
          );
        const { runSft } = await import('@ais/studies');
        return runInDirectory('sft', settings, flags, terminal, (context) => runSft(settings, context));
      }),
    );
}
