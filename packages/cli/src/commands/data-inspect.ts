import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataInspection } from '@ais/data/prepared';
import { asOnlyWriter, writeWhole } from '@ais/runtime/files';
import { Command, Option } from 'commander';
import { hasColors } from '../colors.js';
import { oneScreen } from '../one-screen-help.js';
import { wholeNumber } from '../option-values.js';
import { progressReporter } from '../progress.js';
import { UsageError } from '../usage-error.js';
import {
  assistantTurnsOption,
  chatTemplateOption,
  columnsOption,
  defined,
  delimiterOption,
  formatOption,
  type RawFlags,
  ROWS,
  renderingOf,
  templateOption,
} from './data-options.js';
import { tokenizerFor } from './data-tokenizer.js';

interface InspectFlags extends RawFlags {
  readonly html?: string;
  readonly examples: number;
  readonly color: boolean;
  readonly json?: boolean;
}

/** `ais data inspect`: what is in a set, and what is not. */
export function dataInspectCommand(): Command {
  const command = new Command('inspect')
    .description(
      'Show a prepared or a raw set: examples with their tokens, lengths, what is dropped and why.',
    )
    .argument(
      '<set>',
      `a folder that ais data build wrote; or, to see what it would make of them: synthetic, debian, ${ROWS}; mixed by weight: a.jsonl*0.7,b.csv*0.3`,
    )
    .option('--html <file>', 'write one self-contained page there instead')
    .option('--examples <number>', 'of each split', wholeNumber, 3)
    .option('--no-color', 'no colors, even on a terminal')
    .option('--json', 'print one JSON object on standard output')
    .addOption(new Option('--kind <kind>', 'what the records are').choices(['text', 'comparisons']))
    .option(
      '--tokenizer <folder>',
      "a model's folder or owner/name on the Hub; without one, a tokenizer is trained",
    )
    .option('--vocabulary-size <number>', 'of the tokenizer that is trained; 8192 by default', wholeNumber)
    .option('--max-prompt-tokens <number>', '512 by default', wholeNumber)
    .option('--max-response-tokens <number>', 'no limit by default', wholeNumber)
    .addOption(columnsOption())
    .addOption(templateOption())
    .addOption(chatTemplateOption())
    .addOption(assistantTurnsOption())
    .addOption(formatOption())
    .addOption(delimiterOption())
    .option('--hub-split <name>', 'which split to read of a data set with splits; train by default')
    .option('--revision <name>', "the Hub data set's branch, tag or commit")
    .option('--count <number>', 'how many synthetic posts; 1000 by default', wholeNumber)
    .option('--seed <number>', 'of synthetic posts; 17 by default', wholeNumber)
    .option('--limit <number>', 'read at most this many records; 10000 by default', wholeNumber)
    .action(inspect);
  return oneScreen(command, {
    Shown: {
      html: 'write one self-contained page there instead',
      examples: 'how many of each split',
      'no-color': 'no colors, even on a terminal',
      json: 'print one JSON object on standard output',
    },
    'For raw sets': {
      kind: 'what the records are: text, or comparisons',
      columns: 'prompt=question,response=answer',
      template: 'how a record becomes text',
      'chat-template': 'what renders conversations',
      tokenizer: 'of a model: a folder, or owner/name',
      'max-prompt-tokens': '512 by default',
      'max-response-tokens': 'no limit by default',
      format: 'of a file: jsonl, json, csv, parquet, arrow',
      limit: 'read at most this many records; 10000',
    },
  });
}

async function inspect(name: string, { html, examples, color, json, ...raw }: InspectFlags): Promise<void> {
  const { describeInspection, renderInspectionPage } = await import('@ais/data/prepared');
  const look = async (): Promise<DataInspection> =>
    existsSync(join(name, 'manifest.json'))
      ? inspectFolder(name, examples, raw)
      : inspectRaw(name, examples, raw);
  const inspection =
    html === undefined
      ? await look()
      : await asOnlyWriter(html, async () => {
          const found = await look();
          await writeWhole(html, renderInspectionPage(found));
          return found;
        });
  if (json) process.stdout.write(`${JSON.stringify(inspection)}\n`);
  else if (html !== undefined) process.stdout.write(`${html}\n`);
  else process.stdout.write(describeInspection(inspection, { color: color && hasColors(process.stdout) }));
}

async function inspectFolder(name: string, examples: number, raw: RawFlags): Promise<DataInspection> {
  const [unused] = Object.keys(raw);
  if (unused !== undefined) {
    const flag = unused.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${flag} is for raw sets, and ${name} is prepared. Leave it out.`);
  }
  const { inspectPrepared } = await import('@ais/data/prepared');
  return inspectPrepared(name, { examples });
}

async function inspectRaw(name: string, examples: number, raw: RawFlags): Promise<DataInspection> {
  const { openSource } = await import('@ais/data');
  const { inspectSource } = await import('@ais/data/prepared');
  const { rendering, tokenizer: given } = await renderingOf(raw);
  const source = openSource(name, defined({ ...raw, ...rendering, split: raw.hubSplit }));
  const { limit = 10_000, maxPromptTokens, maxResponseTokens } = raw;
  const reporter = progressReporter();
  try {
    const tokenizer = await tokenizerFor(
      source,
      { ...raw, tokenizer: given, limit, onError: 'skip' },
      reporter,
    );
    return await inspectSource(source, tokenizer, {
      examples,
      limit,
      ...defined({ maxPromptTokens, maxResponseTokens }),
    });
  } finally {
    reporter.stop();
  }
}
