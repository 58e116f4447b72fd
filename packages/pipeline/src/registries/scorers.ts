import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { encodeContinuation } from '@ais/data';
import { factsScore } from '@ais/data/facts';
import { oracleScore } from '@ais/data/synthetic';
import {
  functionScorer,
  type HttpScorerOptions,
  httpScorer,
  isPairwise,
  type Judge,
  type PairwiseJudge,
  type ScoredText,
  type Scorer,
} from '@ais/gold-eval';
import type { ChatUsage } from '@ais/gold-eval/language-model-judge';
import { loadRewardModel, type PromptResponse } from '@ais/language-model';
import { rewardModelScorer } from '@ais/trainer/inference';
import { promptText, responseText } from '../corpus/corpus.js';
import type { GeneratedResponse } from '../corpus/generated-responses.js';
import { modelFolder } from '../corpus/model-folder.js';
import { type ModelText, openModelText, tokenOwner } from '../corpus/model-text.js';
import { PipelineError } from '../errors.js';
import { type ApiSettings, type JudgingSettings, usualJudging } from '../settings/judge-settings.js';
import { isAddress, isLanguageModel } from '../settings/model-settings.js';
import { moduleOf } from '../settings/module-name.js';
import { ofTexts, openLanguageModelJudge } from './language-models.js';
import { patientFetch } from './patient-fetch.js';
import { invalidPlugin, loadPlugin } from './plugin-module.js';

/** A judge, by scores or in pairs, and what it holds on to. */
export interface OpenScorer<Item = PromptResponse> {
  readonly scorer: Judge<Item>;
  /** Of a language model: what it has been asked for so far. */
  readonly usage?: () => ChatUsage;
  dispose(): void;
}

/** How a judge is opened. */
export interface OpenScorerOptions {
  /** Whether a reward model with another tokenizer is given the text of the tokens, instead of being refused. */
  readonly retokenize?: boolean;
  /** How a language model is asked, and judges. */
  readonly judging?: Pick<JudgingSettings, 'api' | 'judge'>;
}

/** A judge as its name opens it: of texts, or of the tokens of its own tokenizer. */
type OpenJudge =
  | { readonly reads: 'texts'; readonly scorer: Judge<ScoredText>; readonly usage?: () => ChatUsage }
  | {
      readonly reads: 'tokens';
      readonly scorer: Scorer<PromptResponse>;
      readonly text: ModelText;
      dispose(): void;
    };

/** Judges that are neither models nor modules. */
const named: readonly (readonly [
  isMeant: (name: string) => boolean,
  open: (name: string, api: ApiSettings) => Scorer<ScoredText> | Promise<Scorer<ScoredText>>,
])[] = [
  [(name) => name === 'oracle', () => oracle],
  [(name) => name === 'facts', () => facts],
  [
    isAddress,
    async (name, { retries, timeout }) =>
      httpScorer(name, name, { ...judgeHeaders(), retries, ...(await patientFetch(timeout)) }),
  ],
];

/** The key of a judge at an address: the address itself is written into configurations and reports. */
function judgeHeaders(): HttpScorerOptions {
  const token = process.env['AIS_JUDGE_TOKEN'];
  return token ? { headers: { authorization: `Bearer ${token}` } } : {};
}

const oracle = functionScorer('oracle', ({ prompt, response }: ScoredText) =>
  oracleScore({ prompt }, response.trim()),
);

const facts = functionScorer('facts', ({ prompt, response }: ScoredText) => factsScore({ prompt }, response));

/**
 * Opens the judge that a setting names, for the tokens that a policy reads and writes:
 *
 * - `oracle`, for synthetic text, and `facts`, for the source of that name;
 * - an address that answers as `httpScorer` asks; its key is `AIS_JUDGE_TOKEN` of the environment;
 * - `openai:MODEL`, a language model that rates each response or compares two; `OPENAI_BASE_URL` and `OPENAI_API_KEY` name the server;
 * - a module that exports a `Scorer` or a `PairwiseJudge` of texts: `./judge.js` or an installed package, either with `#name`;
 * - a reward model: a run, a folder, or `owner/name`.
 *
 * A judge of texts sees exactly the text of the tokens that the policy saw and wrote. Dispose of the judge when you are done.
 *
 * @param options `text`: whose tokens they are
 * @throws {PipelineError} `invalid-setting` if there is no such judge; `another-tokenizer` if a reward model has another tokenizer, and
 *   `retokenize` is not set
 * @example
 * const text = await openModelText(await findModel('runs/sft'));
 * const judge = await openScorer('oracle', { text });
 * const prompt = text.tokenizer.encode('SUBREDDIT: r/team\n\nTITLE: my trip\n\nPOST: It is a trip with Ana.\n\nTL;DR:');
 * const [good, bad] = [' trip with Ana', ' race with Max'].map((response) => ({ prompt, response: text.tokenizer.encode(response) }));
 * console.log((await judgePairs(judge.scorer, [{ a: good, b: bad }]))[0]?.outcome); // 1
 * judge.dispose();
 */
export async function openScorer(
  name: string,
  { text, retokenize = false, judging }: OpenScorerOptions & { readonly text: ModelText },
): Promise<OpenScorer> {
  const judge = await openJudge(name, judging);
  const decode = responseText(text);
  const decodePrompt = promptText(text);
  const asText = ({ prompt, response }: PromptResponse): ScoredText => ({
    prompt: decodePrompt(prompt),
    response: decode(response, prompt),
  });
  if (judge.reads === 'texts') return judgeOfTexts(judge, asText);
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
 * Opens the judge that a setting names, as `openScorer` does, for responses as `readGenerated` reads them: all have text, and most have
 * tokens. Text without tokens is tokenized for a judge that reads tokens.
 *
 * @param options `owner`: the tokenizer that the responses name (their `tokenizer`); tokens that name none are taken to be the judge's
 * @throws {PipelineError} as `openScorer`
 * @example
 * const [response] = await readGenerated('responses.jsonl');
 * const judge = await openScorerOfResponses('oracle', { owner: response?.tokenizer });
 * console.log(judge.scorer.name); // oracle
 * judge.dispose();
 */
export async function openScorerOfResponses(
  name: string,
  { owner, retokenize = false, judging }: OpenScorerOptions & { readonly owner?: string | undefined },
): Promise<OpenScorer<GeneratedResponse>> {
  const judge = await openJudge(name, judging);
  const asText = ({ promptText, responseText }: GeneratedResponse): ScoredText => ({
    prompt: promptText,
    response: responseText,
  });
  if (judge.reads === 'texts') return judgeOfTexts(judge, asText);
  const { scorer, dispose } = judge;
  if (owner === undefined || isSameText(judge.text, owner)) {
    const encode = encoded(judge.text);
    const own = (item: GeneratedResponse): PromptResponse => {
      const { prompt, response, finished } = item;
      return prompt && response ? { prompt, response } : encode(asText(item), finished);
    };
    return { scorer: adapted(scorer, own), dispose };
  }
  const again = retokenized(judge, retokenize, name, owner);
  return {
    scorer: adapted(scorer, (item) => again(asText(item), item.finished), `${scorer.name}, tokenized again`),
    dispose,
  };
}

async function openJudge(
  name: string,
  judging: Pick<JudgingSettings, 'api' | 'judge'> = usualJudging,
): Promise<OpenJudge> {
  if (isLanguageModel(name)) {
    const { judge, usage } = await openLanguageModelJudge(name, judging);
    return { reads: 'texts', scorer: judge, usage };
  }
  requireUsual(name, judging);
  const found = named.find(([isMeant]) => isMeant(name));
  const own = found ? await found[1](name, judging.api) : await pluginScorer(name);
  if (own) return { reads: 'texts', scorer: own };
  const folder = await modelFolder(name, 'scorer');
  const text = await openModelText(folder);
  const model = await loadRewardModel(folder);
  return { reads: 'tokens', scorer: await rewardModelScorer(model), text, dispose: () => model.dispose() };
}

/**
 * @throws {PipelineError} for settings of a language model where the judge is something else
 */
function requireUsual(name: string, { judge }: Pick<JudgingSettings, 'judge'>): void {
  for (const [key, usual] of Object.entries(usualJudging.judge)) {
    const own = judge[key as keyof typeof judge];
    if (JSON.stringify(own) !== JSON.stringify(usual)) throw inapplicable(name, key);
  }
  for (const key of ['template', 'system'] as const)
    if (judge[key] !== undefined) throw inapplicable(name, key);
}

function inapplicable(name: string, key: string): PipelineError {
  return new PipelineError(
    'invalid-setting',
    `judge.${key} says how a language model (openai:MODEL) judges, and the judge is ${name}. Leave it out.`,
    { key: `judge.${key}` },
  );
}

function judgeOfTexts<Item>(
  { scorer, usage }: Extract<OpenJudge, { reads: 'texts' }>,
  asText: (item: Item) => ScoredText,
): OpenScorer<Item> {
  return { scorer: adapted(scorer, asText), ...(usage && { usage }), dispose: () => {} };
}

async function pluginScorer(name: string): Promise<Judge<ScoredText> | undefined> {
  if (!moduleOf(name)) return undefined;
  const plugin = (await loadPlugin(name, 'scorer')) as Partial<Scorer & PairwiseJudge> | null | undefined;
  const scores = plugin?.specificationVersion === 'v1' && typeof plugin.score === 'function';
  const compares = plugin?.specificationVersion === 'v1' && typeof plugin.compare === 'function';
  if (!(scores || compares)) throw invalidPlugin('scorer', name, noJudge(plugin));
  if (typeof plugin.name !== 'string' || plugin.name.trim() === '') {
    throw invalidPlugin(
      'scorer',
      name,
      `its name is ${JSON.stringify(plugin.name) ?? 'missing'}, and reports name their judge. Give it a name: { specificationVersion: 'v1', name: 'mine', … }.`,
    );
  }
  return scores ? (plugin as Scorer) : ofTexts(plugin as PairwiseJudge);
}

/** What is wrong with an export that is no judge. */
function noJudge(plugin: unknown): string {
  if (plugin === undefined) return 'there is no such package.';
  const neither =
    'its export is neither a scorer (specificationVersion "v1", score) nor a judge of pairs (compare).';
  if (typeof plugin !== 'function') return neither;
  return `${neither} It is a function: make a scorer of it with functionScorer('mine', ({ prompt, response }) => …) of @ais/gold-eval.`;
}

/** A judge that is given other items than it takes. */
function adapted<Given, Taken>(
  scorer: Judge<Taken>,
  take: (item: Given) => Taken,
  name: string = scorer.name,
): Judge<Given> {
  if (isPairwise(scorer)) {
    return {
      specificationVersion: 'v1',
      name,
      compare: (pairs, options) =>
        scorer.compare(
          pairs.map(({ a, b }) => ({ a: take(a), b: take(b) })),
          options,
        ),
    };
  }
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
  judge: Extract<OpenJudge, { reads: 'tokens' }>,
  wanted: boolean,
  name: string,
  owner: string,
): (text: ScoredText, ended: boolean) => PromptResponse {
  if (!wanted) {
    judge.dispose();
    throw new PipelineError(
      'another-tokenizer',
      `scorer: ${name} has the tokenizer ${tokenOwner(judge.text).tokenizer}, and the responses are of the tokenizer ${owner}. ` +
        'Use --retokenize to give it their text, tokenized again.',
      { key: 'scorer' },
    );
  }
  return encoded(judge.text);
}

/** Turns text into a judge's tokens. */
function encoded({ tokenizer }: ModelText): (text: ScoredText, ended: boolean) => PromptResponse {
  return ({ prompt: text, response }, ended) => {
    const prompt = [...tokenizer.encode(text)];
    const { tokens } = encodeContinuation({ text, tokens: prompt }, response, tokenizer);
    return { prompt, response: ended ? [...tokens, tokenizer.endOfTextToken] : tokens };
  };
}

/**
 * Whether a name is that of a judge that scores by itself, as `openScorer` opens it, rather than of text with
 * preferences: `facts`, an address, `openai:MODEL`, a module, or a model's or a run's folder.
 *
 * @example
 * console.log(isScorerName('openai:small'), isScorerName('./judge.mjs'), isScorerName('pairs.jsonl')); // true true false
 */
export function isScorerName(name: string): boolean {
  if (name === 'facts' || isAddress(name) || isLanguageModel(name)) return true;
  if (moduleOf(name)) return true;
  return existsSync(join(name, 'checkpoints')) || existsSync(join(name, 'config.json'));
}
