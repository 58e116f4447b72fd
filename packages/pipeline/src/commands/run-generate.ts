import { rm } from 'node:fs/promises';
import type { ChatUsage } from '@ais/gold-eval/language-model-judge';
import { loadPretrained } from '@ais/language-model';
import { writeJsonLines } from '@ais/runtime/files';
import { sampleResponseShard, sampleResponses } from '@ais/trainer/inference';
import { partialPath, type Shard, shardPath } from '@ais/trainer/runs';
import type { FileContext } from '../context.js';
import { examplesOf, responseText } from '../corpus/corpus.js';
import { type CorpusRequest, corpusRequest } from '../corpus/corpus-request.js';
import { countedRemarks } from '../corpus/counted-lengths.js';
import type { GeneratedResponse } from '../corpus/generated-responses.js';
import { modelFolder } from '../corpus/model-folder.js';
import { openModelText, referenceLengths, scaleOfText, tokenOwner } from '../corpus/model-text.js';
import { prepareCorpus } from '../corpus/prepare-corpus.js';
import { readPrompts } from '../corpus/read-prompts.js';
import { rememberedText } from '../corpus/remembered-text.js';
import { PipelineError } from '../errors.js';
import { openLanguageModel } from '../registries/language-models.js';
import type { Settings } from '../settings/command-settings.js';
import { isLanguageModel } from '../settings/model-settings.js';
import { requireSettings } from '../settings/read-settings.js';
import { askResponses } from '../steps/ask-responses.js';
import { reportUsage } from '../steps/trusted-judge.js';
import { explainChange } from './changed-inputs.js';
import { inputsOf } from './stored-settings.js';
import { noSource } from './training-inputs.js';

/** What `runGenerate` wrote. */
export interface GenerateOutcome {
  readonly path: string;
  readonly responses: number;
  readonly finished: number;
  /** Total tokens of all responses; local models only. */
  readonly tokens?: number;
  /** What a language model behind an endpoint was asked for. */
  readonly usage?: ChatUsage;
}

/** What a shard of a command left, for `mergeShards`. */
export interface ShardOutcome {
  readonly path: string;
  /** Responses that were sampled or judged, or pairs of them that were compared; prompts that a model was measured on. */
  readonly done: number;
}

/** Responses with what is said of them beside their number. */
type Generated = {
  readonly lines: readonly GeneratedResponse[];
  /** Of a shard, instead of lines: how many responses it has. */
  readonly shared?: number;
} & Pick<GenerateOutcome, 'tokens' | 'usage'>;

/**
 * `ais generate`: responses to the prompts of a source, one JSON object per line; with token ids for a local model, as text for one
 * behind an endpoint (`openai:MODEL`).
 *
 * Finished parts are kept in `<path>.partial`, so a call with `resume: true` continues an interrupted one.
 *
 * @param settings as `readSettings('generate', …)` gives them: `prompts` prompts of `split`, `samples` responses to each
 * @param path of the file, JSON Lines; `readGenerated` reads it
 * @returns how many responses there are, how many of them ended by themselves, and how many tokens they have
 * @throws {PipelineError} `missing-setting` without a source; `too-little-text`
 * @example
 * const settings = await readSettings('generate', { flags: { model: 'runs/sft', prompts: 4, samples: 2 }, ofModel: textLayer });
 * const { path, responses } = await runGenerate(settings, 'responses.jsonl', stepContext());
 * console.log(path, responses); // responses.jsonl 8
 */
export async function runGenerate(
  settings: Settings<'generate'>,
  path: string,
  context: FileContext,
): Promise<GenerateOutcome> {
  const { lines, ...told } = await generated(settings, path, context);
  await writeJsonLines(path, lines);
  await rm(partialPath(path), { force: true });
  return {
    path,
    responses: lines.length,
    finished: lines.filter(({ finished }) => finished).length,
    ...told,
  };
}

/**
 * One shard's share of what `runGenerate` samples, into `<path>.shard-i-of-n`: whole parts, so that all shards together are what
 * one call gives, to the last digit.
 *
 * @param path of the whole; once every shard is done, `mergeShards` of `@ais/trainer/runs` and `runGenerate` with `resume: true` write it
 * @param shard `{ index, count }`, with indices from 1
 * @returns the shard's file, and how many responses it has
 * @throws {TrainerError} `invalid-option` for an index that is not 1 to count
 * @example
 * const settings = await readSettings('generate', { flags: { model: 'runs/sft', prompts: 4 }, ofModel: textLayer });
 * const { path, done } = await runGenerateShard(settings, 'samples.jsonl', { index: 1, count: 2 }, stepContext());
 * console.log(path, done); // samples.jsonl.shard-1-of-2 8
 */
export async function runGenerateShard(
  settings: Settings<'generate'>,
  path: string,
  shard: Shard,
  context: FileContext,
): Promise<ShardOutcome> {
  const { shared = 0 } = await generated(settings, path, context, shard);
  return { path: shardPath(path, shard), done: shared };
}

async function generated(
  settings: Settings<'generate'>,
  path: string,
  context: FileContext,
  shard?: Shard,
): Promise<Generated> {
  requireSettings('generate', settings);
  const { source } = settings;
  if (source === undefined) throw noSource('Its prompts are what the model answers.');
  const generate = isLanguageModel(settings.model) ? asked : sampled;
  return generate({ ...settings, source }, path, context, shard).catch((error: unknown) => {
    throw explainChange(error, path, settings);
  });
}

type SettingsWithSource = Settings<'generate'> & { readonly source: string };

/** The prompts of the source; `folder` is that of the model, or of the one whose tokenizer is used. */
async function requestOf(settings: SettingsWithSource, folder: string | undefined): Promise<CorpusRequest> {
  const { split, prompts } = settings;
  const scale = await scaleOfText(folder, settings);
  const { lengths, ...request } = corpusRequest(settings, { [split]: prompts ?? 'all' }, scale);
  return {
    ...request,
    lengths: { ...lengths, ...(await referenceLengths(folder, settings)) },
    promptsAlone: true,
  };
}

async function sampled(
  settings: SettingsWithSource,
  path: string,
  context: FileContext,
  shard: Shard | undefined,
): Promise<Generated> {
  const { split, samples, temperature, topK, topP, data, seed } = settings;
  const { title, resume, signal, onProgress } = context;
  for (const key of ['system', 'tokenizer'] as const) {
    if (settings[key] !== undefined) throw onlyBehindEndpoint(key, settings.model);
  }
  const folder = await modelFolder(settings.model);
  const request = await requestOf(settings, folder);
  const text = await openModelText(folder, settings);
  const corpus = await rememberedText({ key: 'source', name: request.source, model: settings.model }, () =>
    prepareCorpus(request, { model: text }, { ...context, title: 'text' }),
  );
  const examples = examplesOf(corpus, split);
  const model = await loadPretrained(folder, { tokenizer: corpus.tokenizer });
  try {
    const prompts = examples.map(({ prompt }) => prompt);
    const sampling = {
      samples,
      maxNewTokens: data.maxResponseTokens,
      temperature,
      seed,
      resume,
      signal,
      ...(topK !== undefined && { topK }),
      ...(topP !== undefined && { topP }),
      inputs: inputsOf('generate', settings),
      onProgress: (completed: number, total: number) => onProgress({ task: title, completed, total }),
    };
    if (shard) {
      const shared = await sampleResponseShard(model, prompts, { ...sampling, path, shard });
      return { lines: [], shared };
    }
    const responses = await sampleResponses(model, prompts, { ...sampling, path: partialPath(path) });
    const exact = temperature === 1 && topK === undefined && topP === undefined;
    const decode = responseText(corpus);
    const owner = tokenOwner(corpus);
    const lines = examples.flatMap(({ id, prompt, promptText, family }, index) =>
      (responses[index] ?? []).map(
        ({ tokens, logProb, finished }, sample): GeneratedResponse => ({
          id,
          sample,
          prompt,
          response: tokens,
          promptText,
          responseText: decode(tokens, prompt),
          finished,
          ...(family !== undefined && { family }),
          ...(exact && { logProb }),
          ...owner,
        }),
      ),
    );
    return { lines, tokens: responses.flat().reduce((sum, { tokens }) => sum + tokens.length, 0) };
  } finally {
    model.dispose();
  }
}

async function asked(
  settings: SettingsWithSource,
  path: string,
  context: FileContext,
  shard: Shard | undefined,
): Promise<Generated> {
  const { split, samples, temperature, topK, topP, tokenizer, system, data, seed, api } = settings;
  const { title, resume, signal, onProgress, onWarning } = context;
  const folder = tokenizer === undefined ? undefined : await modelFolder(tokenizer, 'tokenizer');
  const request = await requestOf(settings, folder);
  const client = await openLanguageModel(settings.model, {
    ...api,
    parameters: {
      ...(topK !== undefined && { top_k: topK }),
      ...(topP !== undefined && { top_p: topP }),
      ...api.parameters,
    },
  });
  const reader = folder === undefined ? undefined : await openModelText(folder, settings);
  const prompts = await rememberedText({ key: 'source', name: request.source, model: tokenizer }, () =>
    readPrompts(request, split, reader, { ...context, title: 'text' }),
  );
  try {
    const responses = await askResponses(
      client,
      prompts.map(({ promptText }) => promptText),
      {
        samples,
        temperature,
        maxTokens: data.maxResponseTokens,
        seed,
        ...(system !== undefined && { system }),
      },
      {
        path: shard ? path : partialPath(path),
        inputs: inputsOf('generate', settings),
        concurrency: api.concurrency,
        resume,
        shard,
        signal,
        onProgress: (completed, total) => onProgress({ task: title, completed, total }),
      },
    );
    if (shard) return { lines: [], shared: responses.flat().length, usage: client.usage() };
    const lines = prompts.flatMap(({ id, promptText, family }, index) =>
      (responses[index] ?? []).map(
        ({ text, finishReason }, sample): GeneratedResponse => ({
          id,
          sample,
          promptText,
          responseText: text,
          finished: !CUT_OFF.includes(finishReason),
          ...(family !== undefined && { family }),
        }),
      ),
    );
    const all = responses.flat();
    const remarks = countedRemarks(
      [
        [
          all.filter(({ finishReason }) => finishReason === 'length').length,
          `cut off: longer than data.maxResponseTokens (${data.maxResponseTokens})`,
        ],
        [all.filter(({ finishReason }) => finishReason === 'refusal').length, 'that refuse to answer'],
        [all.filter(({ text }) => text.trim() === '').length, 'that are empty'],
      ],
      'response',
    );
    for (const remark of remarks) onWarning(`${client.name}: ${remark}`);
    return { lines, usage: client.usage() };
  } finally {
    reportUsage(client.name, client, context);
  }
}

/** Reasons of servers to end a response before it is complete. */
const CUT_OFF = ['length', 'content_filter'];

function onlyBehindEndpoint(key: string, model: string): PipelineError {
  return new PipelineError(
    'invalid-setting',
    `${key} is for a language model behind an endpoint (openai:MODEL), and the model is ${model}. Leave it out.`,
    { key },
  );
}
