import type { ReadReport } from '@ais/data';
import type { TemplateVariables } from '@ais/data/chat';
import type { FileFormat } from '@ais/data/formats';
import { asOnlyWriter } from '@ais/runtime/files';
import { Command } from 'commander';
import { count } from '../count.js';
import { outputFile, requireOtherFile } from '../output-file.js';
import {
  chatTemplateOption,
  columnsOption,
  comparisonsFile,
  defined,
  delimiterOption,
  formatOption,
  onErrorOption,
  ROWS,
  renderingOf,
  revisionOption,
  splitOption,
  templateOption,
  templateVariablesOption,
} from './data-options.js';

interface ConvertFlags {
  readonly out: string;
  readonly split?: string;
  readonly revision?: string;
  readonly columns?: Readonly<Record<string, string>>;
  readonly template?: string;
  readonly chatTemplate?: string;
  readonly templateVariables?: TemplateVariables;
  readonly tokenizer?: string;
  readonly format?: FileFormat;
  readonly delimiter?: string;
  readonly onError?: 'stop' | 'skip';
  readonly json?: boolean;
}

/** `ais data export`: comparisons as TRL reads them. */
export function dataExportCommand(): Command {
  return convertCommand('export', "Write comparisons in TRL's format: prompt, chosen, rejected.")
    .argument('<source>', `a folder of ais data build, ${ROWS}`)
    .action((source: string, flags: ConvertFlags) => convert(source, flags, 'trl'));
}

/** `ais data import`: comparisons of TRL, or of another known shape, as the commands here read them. */
export function dataImportCommand(): Command {
  return convertCommand(
    'import',
    "Write comparisons of TRL's format, or of another known shape, with ids and families, for ais train --pairs.",
  )
    .argument('<source>', ROWS)
    .action((source: string, flags: ConvertFlags) => convert(source, flags, 'all'));
}

function convertCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--out <file>', 'where they go: .jsonl or .parquet', (name: string) =>
      comparisonsFile(outputFile(name)),
    )
    .addOption(splitOption('--split'))
    .addOption(revisionOption())
    .addOption(columnsOption())
    .addOption(templateOption())
    .addOption(chatTemplateOption())
    .addOption(templateVariablesOption())
    .option(
      '--tokenizer <folder>',
      'the model whose chat template renders conversations: a folder, or owner/name on the Hub',
    )
    .addOption(formatOption())
    .addOption(delimiterOption())
    .addOption(onErrorOption())
    .option('--json', 'print one JSON object on standard output');
}

async function convert(
  name: string,
  { out: path, json, onError, ...reading }: ConvertFlags,
  written: 'trl' | 'all',
): Promise<void> {
  requireOtherFile(path, { 'the source': name });
  const { createReadReport, openComparisons } = await import('@ais/data');
  const { writeComparisons } = await import('@ais/data/preferences');
  const { rendering } = await renderingOf(reading);
  const source = openComparisons(name, defined({ ...reading, ...rendering }));
  const report = createReadReport();
  const records = source.records({ ...defined({ onError }), report });
  const pairs = await asOnlyWriter(path, () => writeComparisons(path, records, { columns: written }));
  const { skipped, faults, leftOut } = report;
  process.stdout.write(
    json
      ? `${JSON.stringify({ path, pairs, skipped, faults, leftOut })}\n`
      : `${count(pairs, 'pair')} → ${path}${describeLeftOut(report)}\n`,
  );
}

/** The counts of rows that were left out, by reason, in parentheses; empty if none was. */
export function describeLeftOut({ faults, leftOut }: Pick<ReadReport, 'faults' | 'leftOut'>): string {
  const counts = Object.entries({ ...leftOut, ...faults }).map(([reason, count]) => `${count} ${reason}`);
  return counts.length > 0 ? ` (left out: ${counts.join(', ')})` : '';
}
