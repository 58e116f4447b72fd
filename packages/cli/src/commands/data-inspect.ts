import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataInspection } from '@ais/data/prepared';
import { asOnlyWriter, writeWhole } from '@ais/runtime/files';
import { Command } from 'commander';
import { hasColors } from '../colors.js';
import { flagOf } from '../command-line.js';
import { oneScreen } from '../one-screen-help.js';
import { wholeNumber } from '../option-values.js';
import { linkedFile, requireOtherFile } from '../output-file.js';
import { progressReporter } from '../progress.js';
import { UsageError } from '../usage-error.js';
import {
  assistantTurnsOption,
  chatTemplateOption,
  columnsOption,
  countOption,
  defined,
  delimiterOption,
  formatOption,
  kindOption,
  LIBRARY_DEFAULTS,
  limitOption,
  maxPromptTokensOption,
  maxResponseTokensOption,
  type RawFlags,
  ROWS,
  renderingOf,
  revisionOption,
  seedOption,
  splitOption,
  templateOption,
  templateVariablesOption,
  tokenizerOption,
  vocabularySizeOption,
} from './data-options.js';
import { tokenizerFor } from './data-tokenizer.js';
import { openRawSource } from './open-raw-source.js';

/** How many records of a raw set are read by default. */
const INSPECTED_RECORDS = 10_000;

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
    .addOption(kindOption())
    .addOption(tokenizerOption())
    .addOption(vocabularySizeOption())
    .addOption(maxPromptTokensOption())
    .addOption(maxResponseTokensOption())
    .addOption(columnsOption())
    .addOption(templateOption())
    .addOption(chatTemplateOption())
    .addOption(templateVariablesOption())
    .addOption(assistantTurnsOption())
    .addOption(formatOption())
    .addOption(delimiterOption())
    .addOption(splitOption('--hub-split'))
    .addOption(revisionOption())
    .addOption(countOption())
    .addOption(seedOption('of synthetic posts'))
    .addOption(limitOption(`read at most this many records; ${INSPECTED_RECORDS} by default`))
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
      'max-prompt-tokens': `${LIBRARY_DEFAULTS.maxPromptTokens} by default`,
      'max-response-tokens': 'no limit by default',
      format: 'of a file: jsonl, json, csv, parquet, arrow',
      limit: `read at most this many records; ${INSPECTED_RECORDS}`,
    },
  });
}

async function inspect(name: string, { html, examples, color, json, ...raw }: InspectFlags): Promise<void> {
  const { template, chatTemplate } = raw;
  const read = { 'the set': name, '--template': template, '--chat-template': chatTemplate };
  if (html !== undefined) requireOtherFile(html, read, '--html');
  const { describeInspection, renderInspectionPage } = await import('@ais/data/prepared');
  const look = async (): Promise<DataInspection> =>
    existsSync(join(name, 'manifest.json'))
      ? inspectFolder(name, examples, raw)
      : inspectRaw(name, examples, raw);
  const page = html === undefined ? undefined : linkedFile(html);
  const inspection =
    page === undefined
      ? await look()
      : await asOnlyWriter(page, async () => {
          const found = await look();
          await writeWhole(page, renderInspectionPage(found));
          return found;
        });
  if (json) process.stdout.write(`${JSON.stringify(inspection)}\n`);
  else if (html !== undefined) process.stdout.write(`${html}\n`);
  else process.stdout.write(describeInspection(inspection, { color: color && hasColors(process.stdout) }));
}

async function inspectFolder(name: string, examples: number, raw: RawFlags): Promise<DataInspection> {
  const [unused] = Object.keys(raw);
  if (unused !== undefined) {
    throw new UsageError(`${flagOf(unused)} is for raw sets, and ${name} is prepared. Leave it out.`);
  }
  const { inspectPrepared } = await import('@ais/data/prepared');
  return inspectPrepared(name, { examples });
}

async function inspectRaw(name: string, examples: number, raw: RawFlags): Promise<DataInspection> {
  const { inspectSource } = await import('@ais/data/prepared');
  const { rendering, tokenizer: given } = await renderingOf(raw);
  const source = await openRawSource(name, { ...raw, onError: 'skip' }, rendering);
  const { limit = INSPECTED_RECORDS, maxPromptTokens, maxResponseTokens } = raw;
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
