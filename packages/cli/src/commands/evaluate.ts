import type { Command } from 'commander';
import {
  type ConfiguredFlags,
  configuredCommand,
  describe,
  realNumber,
  resolveSettings,
  wholeNumber,
  withProgress,
} from './configured-command.js';

interface EvaluateFlags extends ConfiguredFlags {
  readonly model?: string;
  readonly reference?: string;
  readonly scorer?: string;
  readonly prompts?: number;
  readonly temperature?: number;
}

/** `ais evaluate`: loss, win rate, exact KL, and samples of a model. */
export function evaluateCommand(): Command {
  return configuredCommand('evaluate', 'Measure loss, win rate, and exact KL of a model on held-out prompts.')
    .option('--model <folder>', 'a run, a checkpoint, or a Hugging Face folder')
    .option('--reference <folder>', 'the model that the KL is measured from')
    .option('--scorer <judge>', 'reward model (a folder), oracle (synthetic text), or ./plugin.js')
    .option('--prompts <number>', 'how many prompts', wholeNumber)
    .option('--temperature <number>', 'of the judged responses', realNumber)
    .action(async (flags: EvaluateFlags) => {
      const { model, reference, scorer, prompts, temperature } = flags;
      const settings = await resolveSettings('evaluate', flags, {
        model,
        reference,
        scorer,
        prompts,
        temperature,
      });
      if (flags.dryRun) {
        process.stdout.write(`${JSON.stringify({ settings }, null, flags.json ? 0 : 2)}\n`);
        return;
      }
      const { runEvaluate } = await import('@ais/studies');
      const { useBackend } = await import('@ais/runtime');
      await withProgress(async (reporter, signal) => {
        await useBackend(settings.backend);
        const outcome = await runEvaluate(settings, {
          signal,
          onProgress: (progress) => reporter.report(progress),
        });
        reporter.stop();
        process.stdout.write(flags.json ? `${JSON.stringify(outcome)}\n` : `${describe(outcome.metrics)}\n`);
      });
    });
}
