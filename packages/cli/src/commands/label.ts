import type { Command } from 'commander';
import {
  type ConfiguredFlags,
  configuredCommand,
  realNumber,
  resolveSettings,
  withProgress,
} from './configured-command.js';

interface LabelFlags extends ConfiguredFlags {
  readonly out: string;
  readonly responses?: string;
  readonly scorer?: string;
  readonly rule?: string;
  readonly noise?: number;
}

/** `ais label`: preference pairs from sampled responses. */
export function labelCommand(): Command {
  return configuredCommand('label', 'Order two sampled responses a prompt by a judge, as preference pairs.')
    .option('--responses <file>', 'what ais generate wrote, with two samples a prompt')
    .option('--scorer <judge>', 'reward model (a folder), oracle (synthetic text), or ./plugin.js')
    .option('--rule <name>', 'mode (the higher score is preferred) or bradley-terry')
    .option('--noise <share>', 'share of the labels that are flipped', realNumber)
    .option('--out <file>', 'where to write the pairs, one JSON object a line', 'pairs.jsonl')
    .action(async (flags: LabelFlags) => {
      const { responses, scorer, rule, noise } = flags;
      const settings = await resolveSettings('label', flags, { responses, scorer, rule, noise });
      if (flags.dryRun) {
        process.stdout.write(`${JSON.stringify({ settings }, null, flags.json ? 0 : 2)}\n`);
        return;
      }
      const { runLabel } = await import('@ais/studies');
      const { useBackend } = await import('@ais/runtime');
      await withProgress(async (reporter, signal) => {
        await useBackend(settings.backend);
        const outcome = await runLabel(settings, flags.out, {
          signal,
          onProgress: (progress) => reporter.report(progress),
        });
        reporter.stop();
        const { pairs, prompts, identical, tied, path } = outcome;
        process.stdout.write(
          flags.json
            ? `${JSON.stringify(outcome)}\n`
            : `${pairs} pairs of ${prompts} prompts (${identical} identical, ${tied} tied) → ${path}\n`,
        );
      });
    });
}
