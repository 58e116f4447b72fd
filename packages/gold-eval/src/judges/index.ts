export { type AnswerCache, memoryCache } from '../chat/answer-cache.js';
export type { ChatBudget } from '../chat/chat-budget.js';
export type { ChatAnswer, ChatClient, ChatMessage, ChatOptions, ChatUsage } from '../chat/chat-client.js';
export { type GenerateTextsOptions, generateTexts } from '../chat/generate-texts.js';
export { type OpenAiChatOptions, openAiChat } from '../chat/openai-chat.js';
export { type OpenAiEndpoint, openAiEndpoint } from '../chat/openai-endpoint.js';
export type { RetryOptions } from '../requests/retry.js';
export type { VerdictOptions } from './ask-verdict.js';
export { type OpenAiPairwiseOptions, type OpenAiPointwiseOptions, openAiJudge } from './openai-judge.js';
export {
  type LanguageModelPairwiseJudge,
  PAIRWISE_TEMPLATE,
  type PairwiseJudgeOptions,
  pairwiseJudge,
} from './pairwise-judge.js';
export {
  POINTWISE_TEMPLATE,
  type PointwiseJudge,
  type PointwiseJudgeOptions,
  pointwiseJudge,
} from './pointwise-judge.js';
export type { ScoreRange } from './verdict-format.js';
