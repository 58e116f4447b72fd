import type { Command } from 'commander';
import { onTerminal } from '../terminal.js';
import { commandSettings, contextOf, describe, pipelineCommand, printSettings } from './pipeline-command.js';

/** `ais evaluate`: loss, win rate, exact KL, and samples of a model. */
export function evaluateCommand(): Command {
  return pipelineCommand(
    'evaluate',
    'Measure loss, win rate, and exact KL of a model on held-out prompts.',
    'nothing',
  ).action((flags) =>
    onTerminal(async (terminal) => {
      const settings = await commandSettings('evaluate', flags);
      if (flags.dryRun) return printSettings(settings, flags.json);
      const { runEvaluate } = await import('@ais/pipeline');
      const { useBackend } = await import('@ais/runtime');
      await useBackend(settings.backend);
      const outcome = await runEvaluate(settings, contextOf('evaluate', flags, terminal));
      terminal.reporter.stop();
      process.stdout.write(flags.json ? `${JSON.stringify(outcome)}\n` : `${describe(outcome.metrics)}\n`);
    }),
  );
}
