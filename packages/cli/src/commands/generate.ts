import type { Command } from 'commander';
import {
  type ConfiguredFlags,
  configuredCommand,
  onTerminal,
  printSettings,
  realNumber,
  resolveSettings,
  runIntoFile,
  wholeNumber,
} from './configured-command.js';

interface GenerateFlags extends ConfiguredFlags {
  readonly out: string;
  readonly model?: string;
  readonly split?: string;
  readonly prompts?: number;
  readonly samples?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
}

/** `ais generate`: sampled responses to the prompts of a source. */
export function generateCommand(): Command {
  return configuredCommand('generate', 'Sample responses to the prompts of a source.')
    .option('--model <folder>', 'a run, a checkpoint, or a Hugging Face folder')
    .option('--split <name>', 'whose prompts: supervised, reward, preference, or evaluation')
    .option('--prompts <number>', 'how many prompts', wholeNumber)
    .option('--samples <number>', 'responses a prompt', wholeNumber)
    .option('--temperature <number>', '0 is greedy', realNumber)
    .option('--top-k <number>', 'draw among the k most probable tokens only', wholeNumber)
    .option('--top-p <number>', 'draw among the fewest tokens whose mass reaches p only', realNumber)
    .option('--out <file>', 'where to write them, one JSON object a line', 'responses.jsonl')
    .option('--resume', 'go on with the file that --out names, or begin it')
    .action((flags: GenerateFlags) =>
      onTerminal(async (terminal) => {
        const { model, split, prompts, samples, temperature, topK, topP } = flags;
        const own = { model, split, prompts, samples, temperature, topK, topP };
        const settings = await resolveSettings('generate', flags, own);
        if (flags.dryRun) return printSettings(settings, flags.json);
        const { runGenerate } = await import('@ais/studies');
        return runIntoFile(
          'generate',
          settings,
          flags,
          terminal,
          (context) => runGenerate(settings, flags.out, context),
          ({ responses, tokens, finished, path }) =>
            `${responses} responses of ${tokens} tokens, ${finished} of them finished → ${path}`,
        );
      }),
    );
}
