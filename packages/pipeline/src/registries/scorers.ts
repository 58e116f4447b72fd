import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { oracleScore } from '@ais/data/synthetic';
import { functionScorer, httpScorer, type ScoredText, type Scorer } from '@ais/gold-eval';
import { openAiEndpoint, openAiJudge } from '@ais/gold-eval/language-model-judge';
import { loadRewardModel, locateModel, type PromptResponse } from '@ais/language-model';
import { rewardModelScorer } from '@ais/trainer/inference';
import { responseText } from '../corpus/corpus.js';
import type { GeneratedResponse } from '../corpus/generated-responses.js';
import { type ModelText, openModelText, tokenOwner } from '../corpus/model-text.js';
import { PipelineError } from '../errors.js';
import { invalidPlugin, isPath, loadPlugin } from './plugin-module.js';

/** A scorer and what it holds on to. */
export interface OpenScorer<Item = PromptResponse> {
  readonly scorer: Scorer<Item>;
  dispose(): void;
}

/** A judge as its name opens it: of texts, or of the tokens of its own tokenizer. */
type Judge =
  | { readonly reads: 'texts'; readonly scorer: Scorer<ScoredText> }
  | {
      readonly reads: 'tokens';
      readonly scorer: Scorer<PromptResponse>;
      readonly text: ModelText;
      dispose(): void;
    };

/** Judges that are neither models nor modules, by how their names start. */
const prefixes: readonly (readonly [
  prefix: RegExp,
  open: (name: string) => Scorer<ScoredText> | Promise<Scorer<ScoredText>>,
])[] = [
  [/^oracle$/, () => oracle],
  [/^https?:\/\//, (name) => httpScorer(name, name)],
  [
    /^openai:./,
    (name) => openAiJudge({ ...openAiEndpoint(process.env), model: name.slice('openai:'.length) }),
  ],
];

const oracle = functionScorer('oracle', ({ prompt, response }: ScoredText) =>
  oracleScore({ id: 'the prompt', prompt }, response.trim()),
);

/**
 * Opens the judge that a setting names, for the tokens that a policy reads and writes: `oracle` (synthetic text only), an
 * address that answers as `httpScorer` asks, `openai:MODEL` (a language model that rates each response; the server and its
 * key are those of `OPENAI_BASE_URL` and `OPENAI_API_KEY`), a module (`./judge.js`, an installed package, either with
 * `#name`) that exports a `Scorer` of texts, or a reward model (a run, a folder, `owner/name`).
 *
 * A judge of texts sees exactly the text of the tokens that the policy saw and wrote.
 *
 * @param text whose tokens they are
 * @param retokenize whether a reward model with another tokenizer is given their text, instead of being refused
 * @throws {PipelineError} if there is no such judge, or if a reward model has another tokenizer
 */
export async function openScorer(
  name: string,
  { text, retokenize = false }: { readonly text: ModelText; readonly retokenize?: boolean },
): Promise<OpenScorer> {
  const judge = await openJudge(name);
  const decode = responseText(text);
  const asText = ({ prompt, response }: PromptResponse): ScoredText => ({
    prompt: text.tokenizer.decode([...prompt]),
    response: decode(response),
  });
  if (judge.reads === 'texts') return { scorer: adapted(judge.scorer, asText), dispose: () => {} };
  const { scorer, dispose } = judge;
  if (isSameText(judge.text, tokenOwner(text).tokenizer)) return { scorer, dispose };
  const again = retokenized(judge, retokenize, name, tokenOwner(text).tokenizer);
  const ended = ({ response }: PromptResponse): boolean => response.at(-1) === text.tokenizer.endOfTextToken;
  return {
    scorer: adapted(scorer, (item) => again(asText(item), ended(item)), `${scorer.name}, tokenized again`),
    dispose,
  };
}

/**
 * The same for generated responses, which have both their text and their tokens.
 *
 * @param owner the tokenizer that the tokens say they are of; trusted where they do not say
 */
export async function openScorerOfResponses(
  name: string,
  { owner, retokenize = false }: { readonly owner?: string | undefined; readonly retokenize?: boolean },
): Promise<OpenScorer<GeneratedResponse>> {
  const judge = await openJudge(name);
  const asText = ({ promptText, responseText }: GeneratedResponse): ScoredText => ({
    prompt: promptText,
    response: responseText,
  });
  if (judge.reads === 'texts') return { scorer: adapted(judge.scorer, asText), dispose: () => {} };
  const { scorer, dispose } = judge;
  if (owner === undefined || isSameText(judge.text, owner)) {
    return { scorer: adapted(scorer, ({ prompt, response }) => ({ prompt, response })), dispose };
  }
  const again = retokenized(judge, retokenize, name, owner);
  return {
    scorer: adapted(scorer, (item) => again(asText(item), item.finished), `${scorer.name}, tokenized again`),
    dispose,
  };
}

async function openJudge(name: string): Promise<Judge> {
  const prefix = prefixes.find(([start]) => start.test(name));
  const ofTexts = prefix ? await prefix[1](name) : await pluginScorer(name);
  if (ofTexts) return { reads: 'texts', scorer: ofTexts };
  const folder = await locateModel(name);
  const text = await openModelText(folder);
  const model = await loadRewardModel(folder);
  return { reads: 'tokens', scorer: await rewardModelScorer(model), text, dispose: () => model.dispose() };
}

async function pluginScorer(name: string): Promise<Scorer<ScoredText> | undefined> {
  // A path may be a model's folder, and a name like a package's may be one too: then # says that a module is meant.
  const [module = ''] = name.split('#');
  if (!/\.[cm]?[jt]s$/.test(module) && !(name.includes('#') && !isPath(module))) return undefined;
  const plugin = (await loadPlugin(name, 'scorer')) as Partial<Scorer<ScoredText>> | undefined;
  if (plugin?.specificationVersion === 'v1' && typeof plugin.score === 'function') {
    return plugin as Scorer<ScoredText>;
  }
  const problem =
    plugin === undefined
      ? 'there is no such package.'
      : 'its export is not a scorer (specificationVersion "v1", score).';
  throw invalidPlugin('scorer', name, problem);
}

/** A scorer that is given other items than it takes. */
function adapted<Given, Taken>(
  scorer: Scorer<Taken>,
  take: (item: Given) => Taken,
  name: string = scorer.name,
): Scorer<Given> {
  return {
    specificationVersion: 'v1',
    name,
    score: (items, options) => scorer.score(items.map(take), options),
  };
}

function isSameText(own: ModelText, tokenizer: string): boolean {
  return tokenOwner(own).tokenizer === tokenizer;
}

/**
 * What turns text into the tokens of a judge that has another tokenizer than the responses.
 *
 * @throws {PipelineError} `another-tokenizer` unless that was asked for
 */
function retokenized(
  judge: Extract<Judge, { reads: 'tokens' }>,
  wanted: boolean,
  name: string,
  owner: string,
): (text: ScoredText, ended: boolean) => PromptResponse {
  const { tokenizer } = judge.text;
  if (!wanted) {
    judge.dispose();
    throw new PipelineError(
      'another-tokenizer',
      `scorer: ${name} has the tokenizer ${tokenOwner(judge.text).tokenizer}, and the responses are of the tokenizer ${owner}. ` +
        'Use --retokenize to give it their text, tokenized again.',
      { key: 'scorer' },
    );
  }
  return ({ prompt, response }, ended) => ({
    prompt: [...tokenizer.encode(prompt)],
    response: [...tokenizer.encode(response), ...(ended ? [tokenizer.endOfTextToken] : [])],
  });
}

/**
 * Whether a name is that of a judge that scores by itself, as `openScorer` opens it, rather than of text with somebody's
 * preferences: an address, `openai:MODEL`, a module, or a model's or a run's folder.
 */
export function isScorerName(name: string): boolean {
  if (/^(https?:\/\/|openai:)/.test(name)) return true;
  const [module = ''] = name.split('#');
  if (/\.[cm]?[jt]s$/.test(module) || name.includes('#')) return true;
  return existsSync(join(name, 'checkpoints')) || existsSync(join(name, 'config.json'));
}
