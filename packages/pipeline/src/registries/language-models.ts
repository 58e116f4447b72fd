import type { Judge, PairwiseJudge, ScoredText } from '@ais/gold-eval';
import {
  type ChatClient,
  type ChatUsage,
  openAiChat,
  openAiEndpoint,
  pairwiseJudge,
  pointwiseJudge,
} from '@ais/gold-eval/language-model-judge';
import { fileAnswerCache, readJudgeTemplate } from '@ais/gold-eval/node';
import type { ApiSettings, JudgingSettings } from '../settings/judge-settings.js';
import { languageModelName } from '../settings/model-settings.js';
import { patientFetch } from './patient-fetch.js';

/**
 * A client of the model that `openai:MODEL` names. The server and its key are those of `OPENAI_BASE_URL` and
 * `OPENAI_API_KEY`, and stand nowhere else.
 *
 * @throws {GoldEvalError} `invalid-option` where neither variable is set
 */
export async function openLanguageModel(
  name: string,
  { parameters, calls, tokens, cache, retries, timeout, concurrency: _ }: ApiSettings,
): Promise<ChatClient> {
  const endpoint = openAiEndpoint(process.env);
  return openAiChat({
    ...endpoint,
    model: languageModelName(name),
    ...(parameters && { parameters }),
    budget: { calls, tokens },
    retries,
    ...(await patientFetch(timeout)),
    cache: await fileAnswerCache(cache),
  });
}

/** The judge that `openai:MODEL` names, and what it has asked for so far. */
export async function openLanguageModelJudge(
  name: string,
  { api, judge }: Pick<JudgingSettings, 'api' | 'judge'>,
): Promise<{ readonly judge: Judge<ScoredText>; readonly usage: () => ChatUsage }> {
  const { mode, template, system, range, ties, disagreement, temperature, maxTokens, attempts } = judge;
  const options = {
    ...(template !== undefined && { template: await readJudgeTemplate(template) }),
    ...(system !== undefined && { system }),
    temperature,
    maxTokens,
    attempts,
    concurrency: api.concurrency,
  };
  const client = await openLanguageModel(name, api);
  const usage = (): ChatUsage => client.usage();
  if (mode === 'pointwise') return { judge: await pointwiseJudge(client, { ...options, range }), usage };
  return { judge: ofTexts(await pairwiseJudge(client, { ...options, ties, disagreement })), usage };
}

/** A judge of two texts as a judge of two responses with their prompts, which are the same. */
export function ofTexts(judge: PairwiseJudge): Judge<ScoredText> {
  return {
    specificationVersion: 'v1',
    name: judge.name,
    compare: (pairs, options) =>
      judge.compare(
        pairs.map(({ a, b }) => ({ prompt: a.prompt, a: a.response, b: b.response })),
        options,
      ),
  };
}
