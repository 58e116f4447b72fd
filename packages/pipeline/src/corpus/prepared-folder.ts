import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, type Examples, firstExamples, mapExamples, type TokenizedPair } from '@ais/data';
import {
  type AnyTemplate,
  type ChatTemplate,
  isChatTemplate,
  openTemplate,
  type TemplateVariables,
} from '@ais/data/chat';
import {
  openPreparedDataset,
  type PreparedDataset,
  type PreparedManifest,
  readPreparedManifest,
} from '@ais/data/prepared';
import { PipelineError } from '../errors.js';
import { type SplitName, splitNames } from '../settings/command-settings.js';
import type { Layer } from '../settings/settings-file.js';
import { type Corpus, type CorpusExample, promptText, responseText } from './corpus.js';
import { type CorpusRequest, mostOf } from './corpus-request.js';
import { countedRemarks, type LengthCounts, type Lengths, lengthRemarks } from './counted-lengths.js';
import { type ModelText, requireOwner, tokenOwner, withChatTemplate } from './model-text.js';
import { tooLittleText } from './too-little-text.js';

/**
 * Whether a source is a folder of `ais data build`.
 *
 * @example
 * console.log(isPreparedFolder('no-such-folder')); // false
 */
export function isPreparedFolder(source: string): boolean {
  return existsSync(join(source, 'manifest.json')) && existsSync(join(source, 'tokenizer'));
}

/** What a prepared folder gives, and what was done to its records when it was made, in words. */
interface Prepared<Content> {
  readonly content: Content;
  readonly remarks: readonly string[];
}

/**
 * The corpus that a prepared folder is: its tokens, splits, tokenizer, and template. Every step learns from its `train` split,
 * and everything is measured on its `validation` split. Of comparisons, the preferred response is the one to learn.
 *
 * @param model that reads it, if there is one
 * @throws {PipelineError} `another-tokenizer` where the model has another tokenizer; `invalid-setting` where the folder has
 *   longer texts than settings allow; `too-little-text`
 */
export async function preparedCorpus(
  request: CorpusRequest,
  model: ModelText | undefined,
): Promise<Prepared<Corpus>> {
  const { source, wanted } = request;
  const prepared = await openPreparedDataset(source);
  const { manifest } = prepared;
  requireLengths(source, manifest, request.lengths);
  const text = await textOf(source, model, request.templateVariables);
  const splits: Record<SplitName, Examples<CorpusExample>> = {
    supervised: [],
    reward: [],
    preference: [],
    evaluation: [],
  };
  const tokens = { prompt: 0, response: 0 };
  const { learned, heldOut } = splitsOf(manifest);
  let records = 0;
  for (const split of splitNames) {
    const asked = wanted[split];
    const name = split === 'evaluation' ? heldOut : learned;
    if (asked === undefined) continue;
    if (name !== undefined) {
      splits[split] = firstExamples(await storedExamples(prepared, name, text), mostOf(asked));
      const sums = await tokensOf(prepared, name, splits[split]);
      records += splits[split].length;
      tokens.prompt += sums.prompt;
      tokens.response += sums.response;
    }
    if (typeof asked === 'object' && 'exactly' in asked && splits[split].length < asked.exactly) {
      throw tooLittleText(source, split, asked.exactly, splits[split].length);
    }
  }
  const corpus: Corpus = {
    ...text,
    source,
    splits,
    summary: {
      records,
      splits: Object.fromEntries(
        splitNames.flatMap((split) => (wanted[split] === undefined ? [] : [[split, splits[split].length]])),
      ),
      template: text.template?.name ?? '',
      ...countsOf(manifest),
      meanPromptTokens: tokens.prompt / records,
      meanResponseTokens: tokens.response / records,
      fingerprint: manifest.fingerprint,
    },
  };
  return { content: corpus, remarks: remarksOf(manifest) };
}

/** The examples of a split, whose texts are read when a caller asks for them. */
async function storedExamples(
  prepared: PreparedDataset,
  split: string,
  text: ModelText,
): Promise<Examples<CorpusExample>> {
  const { storedExamples: tokens, storedRecords: texts } = prepared.split(split);
  const records = await texts();
  const decode = responseText(text);
  const decodePrompt = promptText(text);
  return mapExamples(await tokens(), (example, index): CorpusExample => {
    const { id, prompt, truncated, family } = example;
    const response = 'response' in example ? example.response : example.chosen;
    const written = (): string => records.at(index)?.prompt ?? '';
    // In the order in which they are written to files.
    if (truncated) {
      return {
        id,
        get promptText() {
          return decodePrompt(prompt);
        },
        get wholePrompt() {
          return written();
        },
        get responseText() {
          return decode(response, prompt);
        },
        ...(family !== undefined && { family }),
        prompt,
        response,
      };
    }
    return {
      id,
      get promptText() {
        return written();
      },
      get responseText() {
        return decode(response, prompt);
      },
      ...(family !== undefined && { family }),
      prompt,
      response,
    };
  });
}

/** Tokens of the prompts and of the responses of a split's first examples: of all of them, the manifest knows. */
async function tokensOf(
  { manifest }: PreparedDataset,
  split: string,
  examples: Examples<CorpusExample>,
): Promise<{ readonly prompt: number; readonly response: number }> {
  const lengths = manifest.splits[split]?.lengths;
  const response = lengths?.['responseTokens'] ?? lengths?.['chosenTokens'];
  if (lengths?.['promptTokens']?.count === examples.length && response) {
    return { prompt: lengths['promptTokens'].total, response: response.total };
  }
  const sums = { prompt: 0, response: 0 };
  for (const example of examples) {
    sums.prompt += example.prompt.length;
    sums.response += example.response.length;
  }
  return sums;
}

/**
 * The pairs of a prepared folder, as it splits them.
 *
 * @throws {PipelineError} as `preparedCorpus`
 */
export async function preparedPairs(
  source: string,
  model: ModelText,
  lengths: Lengths,
): Promise<
  Prepared<{ readonly pairs: Examples<TokenizedPair>; readonly heldOut?: Examples<TokenizedPair> }>
> {
  const { settings } = await readPreparedManifest(source);
  if (settings.kind !== 'comparisons') {
    throw new DataError(
      'invalid-prepared-data',
      `${source} holds ${settings.kind}, and comparisons are needed. Build it with ais data build --kind comparisons.`,
      { place: { file: source } },
    );
  }
  const prepared = await openPreparedDataset(source, { kind: 'comparisons' });
  const { manifest } = prepared;
  requireLengths(source, manifest, lengths);
  await textOf(source, model);
  const pairsOf = async (split: string): Promise<Examples<TokenizedPair>> =>
    mapExamples(
      await prepared.split(split).storedExamples(),
      ({ id, prompt, chosen, rejected, family }): TokenizedPair =>
        family === undefined ? { id, prompt, chosen, rejected } : { id, prompt, chosen, rejected, family },
    );
  const { learned, heldOut } = splitsOf(manifest);
  return {
    content: {
      pairs: await pairsOf(learned),
      ...(heldOut !== undefined && { heldOut: await pairsOf(heldOut) }),
    },
    remarks: remarksOf(manifest, 'pair'),
  };
}

/**
 * The settings that a source knows: a prepared folder's lengths; nothing where it is no prepared folder.
 *
 * @example
 * console.log(await sourceLayer('questions.csv')); // undefined
 */
export async function sourceLayer(source: string): Promise<Layer | undefined> {
  if (!isPreparedFolder(source)) return undefined;
  const manifest = await readPreparedManifest(source);
  const longest = longestOf(manifest);
  return {
    data: {
      maxPromptTokens: Math.max(manifest.settings.maxPromptTokens, longest.prompt),
      maxResponseTokens: Math.max(manifest.settings.maxResponseTokens ?? 1, longest.response),
    },
  };
}

/** The split to learn from, and the one to measure on, if there are two. */
function splitsOf({ splits }: PreparedManifest): { readonly learned: string; readonly heldOut?: string } {
  const names = Object.keys(splits);
  const learned = names.find((name) => name === 'train') ?? names[0] ?? 'train';
  const others = names.filter((name) => name !== learned && (splits[name]?.records ?? 0) > 0);
  const heldOut = others.find((name) => name === 'validation') ?? others[0];
  return { learned, ...(heldOut !== undefined && { heldOut }) };
}

/** Tokens of the longest prompt and the longest response. */
function longestOf({ splits }: PreparedManifest): { readonly prompt: number; readonly response: number } {
  const lengths = Object.values(splits).flatMap((split) => Object.entries(split.lengths));
  const longest = (isPrompt: boolean): number =>
    Math.max(
      0,
      ...lengths.flatMap(([column, { longest }]) =>
        (column === 'promptTokens') === isPrompt ? [longest] : [],
      ),
    );
  return { prompt: longest(true), response: longest(false) };
}

/** @throws {PipelineError} where the folder has longer texts than settings allow: its tokens are used as they are */
function requireLengths(
  source: string,
  manifest: PreparedManifest,
  { maxPromptTokens, maxResponseTokens }: Lengths,
): void {
  const longest = longestOf(manifest);
  for (const [what, key, found, limit] of [
    ['prompts', 'maxPromptTokens', longest.prompt, maxPromptTokens],
    ['responses', 'maxResponseTokens', longest.response, maxResponseTokens],
  ] as const) {
    if (found <= limit) continue;
    throw new PipelineError(
      'invalid-setting',
      `${source} has ${what} of up to ${found} tokens, and data.${key} is ${limit}. Leave it out, or build the folder again with that limit.`,
      { key: `data.${key}` },
    );
  }
}

/**
 * Tokenizer and template of a prepared folder; those of the model, where they are the same.
 *
 * @param asked variables for a template, where there is no model that has them
 */
async function textOf(
  source: string,
  model: ModelText | undefined,
  asked?: TemplateVariables,
): Promise<ModelText> {
  const prepared = await openPreparedDataset(source, { verify: false });
  const own: ModelText = { tokenizer: await prepared.tokenizer(), ...templateOf(prepared.manifest) };
  const { template } = own;
  const wanted = (model && learnedVariables(model, template)) ?? asked;
  if (wanted && template && isChatTemplate(template)) requireVariables(source, template, wanted);
  if (!model) return own;
  // A folder of conversations says how they were rendered, and so where its responses end.
  const ending = template && isChatTemplate(template) ? withChatTemplate(model, template) : model;
  requireOwner(tokenOwner(own), ending, source);
  return { ...ending, ...own, tokenizer: ending.tokenizer };
}

/** The variables with which a model learns, or has learned, conversations in a template; undefined where it did not, or in another one. */
function learnedVariables(
  { template: learned }: ModelText,
  template: AnyTemplate | undefined,
): TemplateVariables | undefined {
  if (!(learned && isChatTemplate(learned) && template && isChatTemplate(template))) return undefined;
  const { chat, variables = {} } = learned.toJSON();
  return chat === template.toJSON().chat ? variables : undefined;
}

/** @throws {PipelineError} where the folder was rendered with other variables: its tokens are used as they are */
function requireVariables(source: string, template: ChatTemplate, wanted: TemplateVariables): void {
  const { variables = {} } = template.toJSON();
  for (const name of new Set([...Object.keys(variables), ...Object.keys(wanted)])) {
    const [found, asked] = [variables[name], wanted[name]].map((value) => JSON.stringify(value) ?? 'unset');
    if (found === asked) continue;
    throw new PipelineError(
      'invalid-setting',
      `${source} was rendered with ${name} ${found}, and ${name} is ${asked} here (templateVariables). Build the folder again with --template-variables, or give this command those of the folder.`,
      { key: 'templateVariables' },
    );
  }
}

function templateOf({ source }: PreparedManifest): { readonly template?: AnyTemplate } {
  const [shape] = source.shapes;
  return shape ? { template: openTemplate(shape.template) } : {};
}

function countsOf({
  truncated,
  responsesTruncated,
  boundaryMerges,
  dropped,
}: PreparedManifest): LengthCounts {
  return {
    truncatedPrompts: truncated,
    truncatedResponses: responsesTruncated,
    boundaryMerges,
    longPrompts: (dropped['prompt-too-long'] ?? 0) + (dropped['empty-post'] ?? 0),
    longResponses: dropped['long-response'] ?? 0,
  };
}

/** What was done to the records of a folder when it was made, with the settings responsible. */
function remarksOf(manifest: PreparedManifest, what: 'record' | 'pair' = 'record'): string[] {
  const { settings, source, dropped } = manifest;
  return [
    ...countedRemarks(
      [
        ...Object.entries(source.leftOut).map(([reason, count]) => [count, `left out: ${reason}`] as const),
        ...Object.entries(source.faults).map(
          ([fault, count]) => [count, `left out: ${fault} (onError)`] as const,
        ),
        [dropped['empty-response'] ?? 0, 'dropped, whose response is empty'],
        [dropped['identical-responses'] ?? 0, 'left out, whose responses have the same tokens'],
        [dropped.duplicate ?? 0, 'dropped as duplicates (duplicates)'],
      ],
      what,
    ),
    ...lengthRemarks(
      countsOf(manifest),
      {
        maxPromptTokens: settings.maxPromptTokens,
        maxResponseTokens: settings.maxResponseTokens ?? Number.POSITIVE_INFINITY,
      },
      what,
    ),
  ];
}
