import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type Template, type TextRecord, type Tokenizer, tokenizeRecord } from '@ais/data';
import { trainTokenizer } from '@ais/data/tokenizer';
import type { StepContext } from '../context.js';
import { PipelineError } from '../errors.js';
import { type SplitName, splitNames } from '../settings/command-settings.js';
import type { Corpus, CorpusExample, CorpusSummary, CorpusTokenizer } from './corpus.js';
import type { CorpusRequest, Wanted } from './corpus-request.js';
import type { ModelText } from './model-text.js';
import { tokenizedOrTooLong } from './preference-pairs.js';
import { isPreparedFolder, preparedCorpus } from './prepared-folder.js';
import { readSplits } from './read-splits.js';

/** Records after which progress is reported. */
const REPORTED_RECORDS = 1000;

/** Most texts that a tokenizer is learned from. */
const TOKENIZER_TEXTS = 100_000;

/**
 * Reads a source, splits it, and tokenizes what is wanted of each split.
 *
 * @throws {PipelineError} `too-little-text`
 * @throws what the source and the tokenizer throw
 */
export async function prepareCorpus(
  request: CorpusRequest,
  tokenizer: CorpusTokenizer,
  { title, signal, onProgress, onWarning }: StepContext,
): Promise<Corpus> {
  if (isPreparedFolder(request.source)) return preparedCorpus(request, tokenizer);
  const report = (completed: number, detail: string): void =>
    onProgress({ task: title, completed, total: 3, detail });
  const read = await readSplits(request, 'model' in tokenizer ? tokenizer.model.template : undefined, {
    signal,
    onRecords: (records) => report(0, `${records} records read`),
  });
  report(1, 'tokenizer');
  const text: Required<ModelText> = {
    tokenizer:
      'model' in tokenizer
        ? tokenizer.model.tokenizer
        : await trainTokenizer(trainingTexts(read.splits.supervised), tokenizer),
    template: read.template,
  };
  const tokenized = await tokenizeSplits(read.splits, text, request, (records) => {
    signal.throwIfAborted();
    report(2, `${records} records tokenized`);
  });
  report(3, `${tokenized.summary.records} records`);
  const remarks = [
    ...Object.entries(read.leftOut).map(([reason, count]) => `${count} records left out: ${reason}.`),
    ...corpusRemarks(tokenized.summary, request),
  ];
  for (const remark of remarks) onWarning(`${request.source}: ${remark}`);
  return { ...text, source: request.source, ...tokenized };
}

function* trainingTexts(records: readonly TextRecord[]): Iterable<string> {
  for (const { prompt, response } of records.slice(0, TOKENIZER_TEXTS)) yield prompt + response;
}

async function tokenizeSplits(
  splits: Readonly<Record<SplitName, readonly TextRecord[]>>,
  { tokenizer, template }: { readonly tokenizer: Tokenizer; readonly template: Template },
  { wanted, lengths, source }: CorpusRequest,
  report: (records: number) => void,
): Promise<Pick<Corpus, 'splits' | 'summary'>> {
  const hash = createHash('sha256');
  const counts = {
    truncatedPrompts: 0,
    truncatedResponses: 0,
    boundaryMerges: 0,
    longPrompts: 0,
    longResponses: 0,
  };
  const tokens = { prompt: 0, response: 0 };
  const found: Record<SplitName, CorpusExample[]> = {
    supervised: [],
    reward: [],
    preference: [],
    evaluation: [],
  };
  let records = 0;
  report(0);
  for (const split of splitNames) {
    const asked = wanted[split];
    if (asked === undefined) continue;
    const examples = found[split];
    const most = mostOf(asked);
    for (const record of splits[split]) {
      if (examples.length === most) break;
      const tokenized = tokenizedOrTooLong(() => tokenizeRecord(record, tokenizer, lengths), lengths);
      if (tokenized === undefined) {
        counts.longPrompts += 1;
        continue;
      }
      if (tokenized.responseTruncated && lengths.longResponses === 'drop') {
        counts.longResponses += 1;
        continue;
      }
      const { id, prompt, response } = tokenized;
      const example: CorpusExample = {
        id,
        promptText: record.prompt,
        responseText: record.response,
        ...(record.family !== undefined && { family: record.family }),
        prompt,
        response,
      };
      examples.push(example);
      hash.update(`${JSON.stringify(example)}\n`);
      counts.truncatedPrompts += Number(tokenized.truncated);
      counts.truncatedResponses += Number(tokenized.responseTruncated);
      counts.boundaryMerges += Number(tokenized.boundaryMerged);
      tokens.prompt += prompt.length;
      tokens.response += response.length;
      records += 1;
      if (records % REPORTED_RECORDS === 0) {
        report(records);
        // Tokenizing never waits: without this, nothing would be drawn meanwhile.
        await setImmediate();
      }
    }
    if (typeof asked === 'object' && 'exactly' in asked && examples.length < asked.exactly) {
      throw tooLittleText(source, split, asked.exactly, examples.length, counts);
    }
  }
  return {
    splits: found,
    summary: {
      records,
      splits: Object.fromEntries(
        splitNames.flatMap((split) => (wanted[split] === undefined ? [] : [[split, found[split].length]])),
      ),
      template: template.name,
      ...counts,
      meanPromptTokens: tokens.prompt / records,
      meanResponseTokens: tokens.response / records,
      fingerprint: hash.digest('hex'),
    },
  };
}

function mostOf(wanted: Wanted): number {
  if (wanted === 'all') return Infinity;
  return 'exactly' in wanted ? wanted.exactly : wanted.atMost;
}

function tooLittleText(
  source: string,
  split: SplitName,
  wanted: number,
  found: number,
  { longPrompts, longResponses }: Pick<CorpusSummary, 'longPrompts' | 'longResponses'>,
): PipelineError {
  const dropped = longPrompts + longResponses;
  const why =
    dropped > 0
      ? ` ${dropped} more are longer than data.maxPromptTokens or data.maxResponseTokens allow.`
      : '';
  return new PipelineError(
    'too-little-text',
    `${source} has ${found} records for the ${split} split, and ${wanted} were asked for.${why} Ask for fewer, or use more text.`,
  );
}

/** What was cut or dropped, in words, each with the setting responsible. */
export function corpusRemarks(
  summary: Pick<
    CorpusSummary,
    'truncatedPrompts' | 'truncatedResponses' | 'boundaryMerges' | 'longPrompts' | 'longResponses'
  >,
  { lengths }: Pick<CorpusRequest, 'lengths'>,
): string[] {
  const { maxPromptTokens, maxResponseTokens } = lengths;
  const longer = {
    prompt: `longer than data.maxPromptTokens (${maxPromptTokens})`,
    response: `longer than data.maxResponseTokens (${maxResponseTokens})`,
  };
  const remarks: [number, string][] = [
    [summary.truncatedPrompts, `with a prompt that was shortened: ${longer.prompt}`],
    [
      summary.longPrompts,
      `dropped, whose prompt is ${longer.prompt} and cannot be shortened (data.longPrompts)`,
    ],
    [summary.truncatedResponses, `with a response that was cut: ${longer.response} (data.longResponses)`],
    [summary.longResponses, `dropped, whose response is ${longer.response} (data.longResponses)`],
    [
      summary.boundaryMerges,
      'whose prompt and response would tokenize differently as one text; they are tokenized apart',
    ],
  ];
  return remarks.flatMap(([count, remark]) =>
    count > 0 ? [`${count.toLocaleString('en')} ${count === 1 ? 'record' : 'records'} ${remark}.`] : [],
  );
}
