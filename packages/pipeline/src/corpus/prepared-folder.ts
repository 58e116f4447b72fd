import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createTemplate, type Template } from '@ais/data';
import { openPreparedDataset, type PreparedManifest } from '@ais/data/prepared';
import { PipelineError } from '../errors.js';
import { type SplitName, splitNames } from '../settings/command-settings.js';
import { type Corpus, type CorpusExample, type CorpusTokenizer, responseText } from './corpus.js';
import type { CorpusRequest, Wanted } from './corpus-request.js';
import { type ModelText, requireOwner, tokenOwner } from './model-text.js';
import type { PreferencePair } from './preference-pair.js';

/** Whether a source is a folder of `ais data build`. */
export function isPreparedFolder(source: string): boolean {
  return existsSync(join(source, 'manifest.json')) && existsSync(join(source, 'tokenizer'));
}

/** Which split of a prepared set each step reads: all learn from `train`, and everything is measured on what is held out. */
function splitOf(split: SplitName, names: readonly string[]): string {
  if (split !== 'evaluation') return 'train';
  return names.find((name) => name === 'validation') ?? names.find((name) => name !== 'train') ?? 'train';
}

/**
 * The corpus that a prepared folder is: its tokens, splits, tokenizer, template, and lengths.
 *
 * @throws {PipelineError} `another-tokenizer` where the model has another tokenizer
 */
export async function preparedCorpus(request: CorpusRequest, tokenizer: CorpusTokenizer): Promise<Corpus> {
  const { source, wanted } = request;
  const prepared = await openPreparedDataset(source, { kind: 'text' });
  const { manifest } = prepared;
  const text = await textOf(source, tokenizer);
  const splits: Record<SplitName, CorpusExample[]> = {
    supervised: [],
    reward: [],
    preference: [],
    evaluation: [],
  };
  const tokens = { prompt: 0, response: 0 };
  const decode = responseText(text);
  let records = 0;
  for (const split of splitNames) {
    const asked = wanted[split];
    if (asked === undefined) continue;
    const most = mostOf(asked);
    for await (const { record, example } of prepared
      .split(splitOf(split, Object.keys(manifest.splits)))
      .rows()) {
      if (splits[split].length === most) break;
      const { id, prompt, response, truncated } = example;
      const { family } = record;
      splits[split].push({
        id,
        promptText: truncated ? text.tokenizer.decode(prompt) : record.prompt,
        responseText: decode(response),
        ...(family !== undefined && { family }),
        prompt,
        response,
      });
      records += 1;
      tokens.prompt += prompt.length;
      tokens.response += response.length;
    }
  }
  return {
    ...text,
    source,
    splits,
    summary: {
      records,
      splits: Object.fromEntries(
        splitNames.flatMap((split) => (wanted[split] === undefined ? [] : [[split, splits[split].length]])),
      ),
      template: text.template?.name ?? '',
      truncatedPrompts: manifest.truncated,
      truncatedResponses: manifest.responsesTruncated,
      boundaryMerges: manifest.boundaryMerges,
      longPrompts: manifest.dropped['prompt-too-long'] ?? 0,
      longResponses: manifest.dropped['long-response'] ?? 0,
      meanPromptTokens: tokens.prompt / records,
      meanResponseTokens: tokens.response / records,
      fingerprint: manifest.fingerprint,
    },
  };
}

/** The pairs of a prepared folder's `train` split. */
export async function preparedPairs(source: string, model: ModelText): Promise<PreferencePair[]> {
  await textOf(source, { model });
  const prepared = await openPreparedDataset(source, { kind: 'comparisons' });
  const pairs: PreferencePair[] = [];
  for await (const { record, example } of prepared.split('train').rows()) {
    const { id, prompt, chosen, rejected } = example;
    const { family } = record;
    pairs.push({ id, prompt, chosen, rejected, ...(family !== undefined && { family }) });
  }
  return pairs;
}

/** Tokenizer and template of a prepared folder; those of the model, where they are the same. */
async function textOf(source: string, tokenizer: CorpusTokenizer): Promise<ModelText> {
  const prepared = await openPreparedDataset(source, { verify: false });
  const own: ModelText = { tokenizer: await prepared.tokenizer(), ...templateOf(prepared.manifest) };
  if (!('model' in tokenizer)) return own;
  requireOwner(tokenOwner(own), tokenizer.model, source);
  return { ...own, tokenizer: tokenizer.model.tokenizer };
}

function templateOf({ source }: PreparedManifest): { readonly template?: Template } {
  const [shape] = source.shapes;
  return shape ? { template: createTemplate(shape.template) } : {};
}

function mostOf(wanted: Wanted): number {
  if (wanted === 'all') return Infinity;
  return 'exactly' in wanted ? wanted.exactly : wanted.atMost;
}

/** The lengths that a prepared folder was made with. */
export async function preparedLengths(
  source: string,
): Promise<{ readonly maxPromptTokens: number; readonly maxResponseTokens?: number }> {
  const { manifest } = await openPreparedDataset(source, { verify: false });
  const { maxPromptTokens, maxResponseTokens } = manifest.settings;
  if (maxPromptTokens < 1)
    throw new PipelineError('invalid-setting', `${source} is damaged: its prompts have no length.`);
  return { maxPromptTokens, ...(maxResponseTokens !== null && { maxResponseTokens }) };
}
