import { shellWord } from '@ais/runtime/process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { hasColors } from '../colors.js';
import { oneScreen } from '../one-screen-help.js';
import { wholeNumber } from '../option-values.js';
import { formatDuration, type ProgressReporter } from '../progress.js';
import { onTerminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { readConfig } from './data-config.js';
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
  namedValues,
  onErrorOption,
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

/** The options of `ais data build`, from flags or from the file that --config names; flags win. */
interface BuildFlags extends RawFlags {
  readonly source?: string;
  readonly out?: string;
  readonly longResponses?: 'cut' | 'drop';
  readonly longPrompts?: 'error' | 'drop';
  readonly keepDuplicates?: boolean;
  readonly splits?: Readonly<Record<string, number>>;
  readonly onError?: 'stop' | 'skip';
  readonly threads?: number;
}

/** `ais data build`: a source, tokenized, split and described in a folder. */
export function dataBuildCommand(): Command {
  const command = new Command('build')
    .description(
      'Tokenize, cut, split and describe a data set in a folder; the same command resumes after an interruption.',
    )
    .option('--source <name>', `synthetic, debian, ${ROWS}; mixed by weight: a.jsonl*0.7,b.csv*0.3`)
    .addOption(kindOption())
    .addOption(tokenizerOption())
    .addOption(vocabularySizeOption())
    .option('--out <folder>', 'where the set goes: a new folder')
    .addOption(maxPromptTokensOption())
    .addOption(maxResponseTokensOption())
    .addOption(new Option('--long-responses <what>', 'cut or drop longer responses').choices(['cut', 'drop']))
    .addOption(
      new Option(
        '--long-prompts <what>',
        'stop at prompts that cannot be cut to fit, which is the default, or drop and count them',
      ).choices(['error', 'drop']),
    )
    .option('--keep-duplicates', 'keep records with the same prompt and response')
    .option('--splits <shares>', 'train=0.9,validation=0.05,test=0.05 by default', shares)
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
    .addOption(seedOption('of the splits and of synthetic posts'))
    .addOption(limitOption('stop after this many records'))
    .addOption(onErrorOption())
    .option(
      '--threads <number>',
      `threads that tokenize; ${LIBRARY_DEFAULTS.threads} by default`,
      wholeNumber,
    )
    .option('--config <file>', 'a JSON file of these options, in camelCase; flags win over it')
    .option('--json', 'print the manifest as one JSON object on standard output, progress on standard error')
    .action(build);
  return oneScreen(command, {
    Source: {
      source: 'a file, a folder, owner/name; a.jsonl*3,b.csv*1',
      kind: 'what the records are: text, or comparisons',
      columns: 'prompt=question,response=answer',
      template: 'how a record becomes text',
      'chat-template': 'what renders conversations',
      format: 'of a file: jsonl, json, csv, parquet, arrow',
      limit: 'stop after this many records',
      'on-error': 'at a malformed row: stop, or skip',
    },
    'Prepared set': {
      tokenizer: 'of a model: a folder, or owner/name',
      'vocabulary-size': 'of a tokenizer that is trained instead',
      'max-prompt-tokens': `longer prompts are cut; ${LIBRARY_DEFAULTS.maxPromptTokens}`,
      'max-response-tokens': 'end-of-text included; no limit',
      splits: 'train=0.9,validation=0.05,test=0.05',
      seed: 'of the splits, and of synthetic posts',
      out: 'where the set goes: a new folder',
    },
    Run: {
      threads: `threads that tokenize; ${LIBRARY_DEFAULTS.threads}`,
      config: 'a JSON file of these options; flags win',
      json: 'print the manifest as one JSON object',
    },
  });
}

async function build({
  config,
  json,
  ...flags
}: BuildFlags & { readonly config?: string; readonly json?: boolean }): Promise<void> {
  const options: BuildFlags = {
    ...(config === undefined ? {} : await readConfig(dataBuildCommand(), config)),
    ...flags,
  };
  const { source: name, out } = options;
  if (name === undefined)
    throw new UsageError('--source is required: what to build from, such as --source synthetic.');
  if (out === undefined) throw new UsageError('--out is required: the folder that the set goes to.');
  await onTerminal(async ({ reporter, signal }) => {
    const { inspectPrepared, describeInspection, prepareDataset } = await import('@ais/data/prepared');
    const { rendering, tokenizer: given } = await renderingOf(options);
    const source = await openRawSource(name, options, rendering);
    const started = performance.now();
    const tokenizer = await tokenizerFor(source, { ...options, tokenizer: given }, reporter);
    const manifest = await prepareDataset({
      ...source,
      ...defined({
        maxPromptTokens: options.maxPromptTokens,
        maxResponseTokens: options.maxResponseTokens,
        longResponses: options.longResponses,
        longPrompts: options.longPrompts,
        duplicates: options.keepDuplicates ? ('keep' as const) : undefined,
        splits: options.splits,
        seed: options.seed,
        limit: options.limit,
        onError: options.onError,
        threads: options.threads,
      }),
      tokenizer,
      directory: out,
      signal,
      onProgress: lineEach(10_000, reporter),
    });
    reporter.stop();
    const seconds = (performance.now() - started) / 1000;
    if (json) process.stdout.write(`${JSON.stringify({ directory: out, seconds, manifest })}\n`);
    else {
      const color = hasColors(process.stdout);
      process.stdout.write(
        describeInspection(await inspectPrepared(out, { examples: 0, dropped: 0 }), { color }),
      );
      process.stdout.write(
        `\nReady in ${formatDuration(1000 * seconds)}. To look at it: ais data inspect ${shellWord(out)}\n`,
      );
    }
  });
}

function lineEach(records: number, reporter: ProgressReporter) {
  let last = '';
  return ({ step, records: done, resumed }: import('@ais/data/prepared').PreparationProgress): void => {
    const reached = `${step}: ${Math.floor(done / records) * records} records`;
    if (reached === last) return;
    last = reached;
    const words = { tokenize: 'tokenized', write: 'written', check: 'checking for leaks' }[step];
    if (step === 'check') reporter.line(words);
    else reporter.line(`${words}: ${done} records${resumed > 0 ? `, ${resumed} of them from before` : ''}`);
  };
}

function shares(text: string): Record<string, number> {
  return Object.fromEntries(
    namedValues(text).map(([name, value]) => {
      if (!/^[\w-]+$/.test(name) || !(Number(value) > 0)) {
        throw new InvalidArgumentError(
          'expected names of letters and digits with positive shares, such as train=0.9,test=0.1.',
        );
      }
      return [name, Number(value)];
    }),
  );
}
