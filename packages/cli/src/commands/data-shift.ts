import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadReport, SampledResponse } from '@ais/data';
import { asOnlyWriter } from '@ais/runtime/files';
import { Command, InvalidArgumentError, Option } from 'commander';
import { count } from '../count.js';
import { requireOtherFile } from '../output-file.js';
import { describeLeftOut } from './data-convert.js';
import { columnsOption, defined, onErrorOption } from './data-options.js';

interface ShiftFlags {
  readonly out: string;
  readonly commonPrompts?: boolean;
  readonly format: 'jsonl' | 'parquet';
  readonly columns?: Readonly<Record<string, string>>;
  readonly onError?: 'stop' | 'skip';
  readonly json?: boolean;
}

/** `ais data shift`: the paper's D1, D2, D3, or as many sets of as many policies. */
export function dataShiftCommand(): Command {
  return new Command('shift')
    .description(
      "Make the paper's shifted sets D1, D2, D3: comparisons from the scored samples of one policy each.",
    )
    .argument(
      '<name=samples...>',
      'for example D1=reference.jsonl D2=early.jsonl D3=late.jsonl',
      namedSamples,
    )
    .requiredOption('--out <folder>', 'where D1.jsonl, D2.jsonl, D3.jsonl go')
    .option('--common-prompts', 'keep only the prompts that gave a pair in every set')
    .addOption(new Option('--format <name>', 'of the files').choices(['jsonl', 'parquet']).default('jsonl'))
    .addOption(columnsOption())
    .addOption(onErrorOption())
    .option('--json', 'print one JSON object on standard output')
    .addHelpText('after', '\nSamples are rows of prompt, response, score, in any format that is read.')
    .action(shift);
}

async function shift(files: Readonly<Record<string, string>>, flags: ShiftFlags): Promise<void> {
  const { out, format, json } = flags;
  for (const name of Object.keys(files)) requireOtherFile(fileOf(out, name, format), files);
  const sets = await asOnlyWriter(out, () => writeSets(files, flags));
  if (json) process.stdout.write(`${JSON.stringify({ directory: out, sets })}\n`);
}

/** Writes a file for each set, says what is in it unless the answer is JSON, and returns that. */
async function writeSets(
  files: Readonly<Record<string, string>>,
  { out, commonPrompts, format, columns, onError, json }: ShiftFlags,
): Promise<Record<string, object>> {
  const { createReadReport, sampleSource } = await import('@ais/data');
  const { openRows } = await import('@ais/data/formats');
  const { shiftedSets, writeComparisons } = await import('@ais/data/preferences');
  const samples: Record<string, AsyncIterable<SampledResponse>> = {};
  const reports: Record<string, ReadReport> = {};
  for (const [name, file] of Object.entries(files)) {
    const report = createReadReport();
    reports[name] = report;
    samples[name] = sampleSource(openRows(file), defined({ columns })).records({
      ...defined({ onError }),
      report,
    });
  }
  const made = await shiftedSets(samples, defined({ commonPrompts }));
  await mkdir(out, { recursive: true });
  const sets: Record<string, object> = {};
  for (const [name, { pairs, ...facts }] of Object.entries(made)) {
    const path = fileOf(out, name, format);
    await writeComparisons(path, pairs, { columns: 'all' });
    const { skipped = 0, faults = {} } = reports[name] ?? {};
    sets[name] = { path, ...facts, skipped, faults };
    if (json) continue;
    const { meanMargin, meanScore, counts } = facts;
    const { prompts, pairs: found, ...others } = counts;
    const leftOut = Object.fromEntries(Object.entries(others).filter(([, number]) => number > 0));
    process.stdout.write(
      `${name}: ${count(found, 'pair')} of ${count(prompts, 'prompt')}, mean score ${meanScore.toFixed(3)}, mean margin ${meanMargin.toFixed(3)} → ${path}${describeLeftOut({ leftOut, faults })}\n`,
    );
  }
  return sets;
}

/** Where the comparisons of a set go. */
const fileOf = (out: string, name: string, format: ShiftFlags['format']): string =>
  join(out, `${name}.${format}`);

/** Gathers `D1=file` and those before it. */
function namedSamples(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, file] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || file === undefined)
    throw new InvalidArgumentError('expected name=file, with a name of letters and digits.');
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { ...before, [name]: file };
}
