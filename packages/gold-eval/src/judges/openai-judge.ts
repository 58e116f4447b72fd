import { type OpenAiChatOptions, openAiChat } from '../chat/openai-chat.js';
import { GoldEvalError } from '../errors.js';
import {
  type LanguageModelPairwiseJudge,
  type PairwiseJudgeOptions,
  pairwiseJudge,
} from './pairwise-judge.js';
import { type PointwiseJudge, type PointwiseJudgeOptions, pointwiseJudge } from './pointwise-judge.js';

/** Options of `openAiJudge` for a judge that scores one response. */
export interface OpenAiPointwiseOptions extends OpenAiChatOptions, PointwiseJudgeOptions {
  /** Scores each response alone. */
  readonly mode?: 'pointwise';
}

/** Options of `openAiJudge` for a judge that compares two responses. */
export interface OpenAiPairwiseOptions extends OpenAiChatOptions, PairwiseJudgeOptions {
  /** Compares two responses, in both orders. */
  readonly mode: 'pairwise';
}

/**
 * A judge that is a language model behind an OpenAI-compatible endpoint: {@link openAiChat} with {@link pointwiseJudge} (a
 * `Scorer`) or {@link pairwiseJudge} (a `PairwiseJudge`).
 *
 * @param options the endpoint, `mode`, and what client and judge can be told
 * @throws {GoldEvalError} `invalid-option` for a bad option; see the client and the judges for what asking throws
 * @example
 * const judge = await openAiJudge({
 *   ...openAiEndpoint({ OPENAI_BASE_URL: 'http://localhost:8000/v1' }),
 *   model: 'small',
 *   mode: 'pairwise',
 *   budget: { calls: 2000 },
 *   fetch: async () => Response.json({ choices: [{ message: { content: 'Verdict: tie' } }] }),
 * });
 * const [verdict] = await compareAll(judge, [{ prompt: 'Why?', a: 'Because.', b: 'No idea.' }]);
 * console.log(verdict?.outcome, judge.usage().calls); // 0.5 2
 */
export function openAiJudge(options: OpenAiPointwiseOptions): Promise<PointwiseJudge>;
export function openAiJudge(options: OpenAiPairwiseOptions): Promise<LanguageModelPairwiseJudge>;
export async function openAiJudge(
  options: OpenAiPointwiseOptions | OpenAiPairwiseOptions,
): Promise<PointwiseJudge | LanguageModelPairwiseJudge> {
  const { mode = 'pointwise' } = options;
  if (mode !== 'pointwise' && mode !== 'pairwise') {
    throw new GoldEvalError('invalid-option', `mode must be pointwise or pairwise, got ${mode}.`);
  }
  const client = openAiChat(options);
  return options.mode === 'pairwise' ? pairwiseJudge(client, options) : pointwiseJudge(client, options);
}
