import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { wholeNumber } from './data-options.js';

interface InspectFlags {
  readonly html?: string;
  readonly examples: number;
  readonly color: boolean;
  readonly json?: boolean;
}

/** `ais data inspect`: what is in a prepared set, and what is not. */
export function dataInspectCommand(): Command {
  return new Command('inspect')
    .description('Show a prepared set: examples with their tokens, lengths, what was dropped and why.')
    .argument(
      '<folder>',
      'a folder that `ais data build` wrote; to see a raw set, build it with --limit first',
    )
    .option('--html <file>', 'write one self-contained page there instead')
    .option('--examples <number>', 'of each split', wholeNumber, 3)
    .option('--no-color', 'no colors, also on a terminal')
    .option('--json', 'print one JSON object on standard output')
    .action(inspect);
}

async function inspect(folder: string, { html, examples, color, json }: InspectFlags): Promise<void> {
  const { describeInspection, inspectPrepared, renderInspectionPage } = await import('@ais/data');
  const inspection = await inspectPrepared(folder, { examples });
  if (html !== undefined) await writeFile(html, renderInspectionPage(inspection));
  if (json) process.stdout.write(`${JSON.stringify(inspection)}\n`);
  else if (html !== undefined) process.stdout.write(`${html}\n`);
  else
    process.stdout.write(describeInspection(inspection, { color: color && process.stdout.isTTY === true }));
}
