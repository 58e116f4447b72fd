import type { Command } from 'commander';
import {
  type ConfiguredFlags,
  configuredCommand,
  onTerminal,
  printSettings,
  realNumber,
  resolveSettings,
  runIntoFile,
} from './configured-command.js';

interface LabelFlags extends ConfiguredFlags {
  readonly out: string;
  readonly responses?: string;
  readonly scorer?: string;
  readonly rule?: string;
  readonly noise?: number;
  readonly ties?: string;
}

/** `ais label`: preference pairs from sampled responses. */
export function labelCommand(): Command {
  return configuredCommand('label', 'Order two sampled responses a prompt by a judge, as preference pairs.')
    .option('--responses <file>', 'what ais generate wrote, with two samples a prompt')
    .option('--scorer <judge>', 'reward model (a folder), oracle (synthetic text), http://…, or ./plugin.js')
    .option('--rule <name>', 'mode (the higher score is preferred) or bradley-terry')
    .option('--noise <share>', 'share of the labels that are flipped', realNumber)
    .option('--ties <rule>', 'drop (left out) or random (a fair coin decides)')
    .option('--out <file>', 'where to write the pairs, one JSON object a line', 'pairs.jsonl')
    .option('--resume', 'go on with the file that --out names, or begin it')
    .action((flags: LabelFlags) =>
      onTerminal(async (terminal) => {
        const { responses, scorer, rule, noise, ties } = flags;
        const settings = await resolveSettings('label', flags, { responses, scorer, rule, noise, ties });
        if (flags.dryRun) return printSettings(settings, flags.json);
        const { runLabel } = await import('@ais/studies');
        return runIntoFile(
          'label',
          settings,
          flags,
          terminal,
          (context) => runLabel(settings, flags.out, context),
          ({ pairs, prompts, identical, tied, path }) =>
            `${pairs} pairs of ${prompts} prompts (${identical} identical, ${tied} tied) → ${path}`,
        );
      }),
    );
}
