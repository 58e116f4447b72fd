import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type TextRecord, type TokenizedRecord, type Tokenizer, tokenizeRecord } from '@ais/data';
import { type AnyTemplate, isChatTemplate } from '@ais/data/chat';
import { trainTokenizer } from '@ais/data/tokenizer';
import type { StepContext } from '../context.js';
import { type SplitName, splitNames } from '../settings/command-settings.js';
import { type Corpus, type CorpusExample, type CorpusTokenizer, promptText } from './corpus.js';
import { type CorpusRequest, mostOf, requireWanted } from './corpus-request.js';
import { CountedLengths, leftOutRemarks } from './counted-lengths.js';
import { withChatTemplate } from './model-text.js';
import { isPreparedFolder, preparedCorpus } from './prepared-folder.js';
import { readSplits } from './read-splits.js';
import { tooLittleText } from './too-little-text.js';

/** Records after which progress is reported. */
const REPORTED_RECORDS = 1000;

/** Most texts that a tokenizer is learned from. */
const TOKENIZER_TEXTS = 100_000;

/**
 * Reads a source, splits it, and tokenizes what is wanted of each split. A split that was not asked for is empty.
 *
 * @param tokenizer a model's, `{ model: await openModelText(await findModel('runs/sft')) }`, or the size of a new one, which the supervised split teaches
 * @throws {PipelineError} `too-little-text` if a split has fewer records than were asked for; `invalid-setting` for a number of records that
 *   is not an integer, or below 0
 * @throws {DataError} naming the record and its line, if it cannot be read or its prompt is too long
 * @example
 * const { data } = await readSettings('sft', { flags: { preset: 'tiny', data: { records: 32 } } });
 * const request = corpusRequest({ source: 'synthetic', data }, { supervised: 'all', evaluation: 8 }, 'tiny');
 * const { splits, tokenizer } = await prepareCorpus(request, { vocabularySize: 300 }, stepContext());
 * console.log(splits.supervised.length, splits.evaluation.length, tokenizer.vocabularySize); // 32 8 300
 */
export async function prepareCorpus(
  request: CorpusRequest,
  tokenizer: CorpusTokenizer,
  { title, signal, onProgress, onWarning }: StepContext,
): Promise<Corpus> {
  requireWanted(request);
  const model = 'model' in tokenizer ? tokenizer.model : undefined;
  if (isPreparedFolder(request.source)) {
    const { content, remarks } = await preparedCorpus(request, model);
    for (const remark of remarks) onWarning(`${request.source}: ${remark}`);
    return content;
  }
  const report = (completed: number, detail: string): void =>
    onProgress({ task: title, completed, total: 3, detail });
  const read = await readSplits(request, model, {
    signal,
    onRecords: (records) => report(0, `${records} records read`),
  });
  report(1, 'tokenizer');
  const learned =
    'model' in tokenizer
      ? tokenizer.model.tokenizer
      : await trainTokenizer(trainingTexts(read.splits.supervised), tokenizer);
  const { template } = read;
  const text = {
    ...(isChatTemplate(template)
      ? withChatTemplate({ tokenizer: learned }, template)
      : { ...model, tokenizer: learned }),
    template,
  };
  const tokenized = await tokenizeSplits(read.splits, text, request, (records) => {
    signal.throwIfAborted();
    report(2, `${records} records tokenized`);
  });
  report(3, `${tokenized.summary.records} records`);
  const { remarks, ...corpus } = tokenized;
  for (const remark of [...leftOutRemarks(read.leftOut), ...remarks]) {
    onWarning(`${request.source}: ${remark}`);
  }
  return { ...text, source: request.source, ...corpus };
}

function* trainingTexts(records: readonly TextRecord[]): Iterable<string> {
  for (const { prompt, response } of records.slice(0, TOKENIZER_TEXTS)) yield prompt + response;
}

async function tokenizeSplits(
  splits: Readonly<Record<SplitName, readonly TextRecord[]>>,
  { tokenizer, template }: { readonly tokenizer: Tokenizer; readonly template: AnyTemplate },
  { wanted, lengths, source, unread = [] }: CorpusRequest,
  report: (records: number) => void,
): Promise<Pick<Corpus, 'splits' | 'summary'> & { readonly remarks: readonly string[] }> {
  const hash = createHash('sha256');
  const counted = new CountedLengths(lengths);
  // Several splits may have the same records, which are tokenized, and counted, once.
  const known = new Map<TextRecord, TokenizedRecord | undefined>();
  const tokenize = (record: TextRecord): TokenizedRecord | undefined => {
    if (known.has(record)) return known.get(record);
    const tokenized = counted.tokenize(() => tokenizeRecord(record, tokenizer, lengths));
    if (tokenized) counted.use(tokenized);
    known.set(record, tokenized);
    return tokenized;
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
    for (const read of splits[split]) {
      if (examples.length === most) break;
      const record = unread.includes(split) ? { ...read, response: '' } : read;
      const tokenized = tokenize(record);
      if (tokenized === undefined) continue;
      const { id, prompt, response } = tokenized;
      const example: CorpusExample = {
        id,
        // What is judged and shown is what the policy sees.
        promptText: tokenized.truncated ? promptText({ tokenizer })(prompt) : record.prompt,
        ...(tokenized.truncated && { wholePrompt: record.prompt }),
        responseText: record.response,
        ...(record.family !== undefined && { family: record.family }),
        prompt,
        response,
      };
      examples.push(example);
      hash.update(`${JSON.stringify(example)}\n`);
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
      throw tooLittleText(source, split, asked.exactly, examples.length, counted.counts);
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
      ...counted.counts,
      meanPromptTokens: tokens.prompt / records,
      meanResponseTokens: tokens.response / records,
      fingerprint: hash.digest('hex'),
    },
    remarks: counted.remarks('record'),
  };
}
