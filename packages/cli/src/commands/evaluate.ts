import type { Command } from 'commander';
import {
  type ConfiguredFlags,
  configuredCommand,
  describe,
  onTerminal,
  printSettings,
  realNumber,
  resolveSettings,
  wholeNumber,
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
    .option('--scorer <judge>', 'reward model (a folder), oracle (synthetic text), http://…, or ./plugin.js')
    .option('--prompts <number>', 'how many prompts', wholeNumber)
    .option('--temperature <number>', 'of the judged responses', realNumber)
    .action((flags: EvaluateFlags) =>
      onTerminal(async ({ reporter, signal }) => {
        const { model, reference, scorer, prompts, temperature } = flags;
        const own = { model, reference, scorer, prompts, temperature };
        const settings = await resolveSettings('evaluate', flags, own);
        if (flags.dryRun) return printSettings(settings, flags.json);
        const { runEvaluate } = await import('@ais/studies');
        const { useBackend } = await import('@ais/runtime');
        await useBackend(settings.backend);
        const outcome = await runEvaluate(settings, {
          signal,
          onProgress: (progress) => reporter.report(progress),
        });
        reporter.stop();
        process.stdout.write(flags.json ? `${JSON.stringify(outcome)}\n` : `${describe(outcome.metrics)}\n`);
      }),
    );
}
