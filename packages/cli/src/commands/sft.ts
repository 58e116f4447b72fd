import type { Command } from 'commander';
import { onTerminal } from '../terminal.js';
import { commandSettings, pipelineCommand, printPlan, runInFolder } from './pipeline-command.js';

/** `ais sft`: a supervised model from a source. */
export function sftCommand(): Command {
  return pipelineCommand('sft', 'Train a language model on reference responses.', 'run folder').action(
    (flags) =>
      onTerminal(async (terminal) => {
        const settings = await commandSettings('sft', flags);
        if (flags.dryRun) {
          const load = { responses: 1, predictsPrompt: settings.promptWeight > 0, otherModels: 0 };
          return printPlan(settings, load, flags.json);
        }
        const { runSft } = await import('@ais/pipeline');
        return runInFolder('sft', settings, flags, terminal, (context) => runSft(settings, context));
      }),
  );
}
