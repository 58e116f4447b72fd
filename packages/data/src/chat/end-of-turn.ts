import { DataError } from '../errors.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { ChatTemplate } from './chat-template.js';

/**
 * A tokenizer whose end of text is the end of the assistant's turn in a chat template: what responses end with, and where
 * generation stops. It is the same tokenizer where the two are one token already (SmolLM2, Qwen, Llama 3), and another where
 * they are not (Gemma: `<end_of_turn>` and `<eos>`). A template that ends turns with no special token leaves the
 * tokenizer's own.
 *
 * @param tokenizer the model's
 * @param template that renders its conversations
 * @returns the tokenizer; its `save` names the end of turn as `eos_token`
 * @throws {DataError} `chat-template-failed`, `invalid-chat-template` where the template cannot render a question and an answer
 * @example
 * const chatTokenizer = withEndOfTurn(tokenizer, await loadChatTemplate('chatml'));
 * console.log(chatTokenizer === tokenizer); // true
 */
export function withEndOfTurn(tokenizer: Tokenizer, template: ChatTemplate): Tokenizer {
  const { responses } = template.exchange({
    prompt: [{ role: 'user', content: 'Question' }],
    responses: [[{ role: 'assistant', content: 'Answer' }]],
  });
  const end = tokenizer.encode((responses[0] ?? '').trimEnd()).at(-1);
  if (end === undefined || end === tokenizer.endOfTextToken) return tokenizer;
  if (tokenizer.specialTokens?.has(end) !== true) return tokenizer;
  return tokenizer.endingWith?.(end) ?? tokenizer;
}

/**
 * As `withEndOfTurn`, for a template that came with the model and that the caller did not ask for: one that cannot render a question and
 * an answer leaves the tokenizer as it is, and fails where a conversation needs it.
 *
 * @example
 * const ending = withOwnEndOfTurn(tokenizer, chatTemplates.chatml); // ends responses as the template does, if it can
 * console.log(typeof ending.encode); // function
 */
export function withOwnEndOfTurn(tokenizer: Tokenizer, template: ChatTemplate): Tokenizer {
  try {
    return withEndOfTurn(tokenizer, template);
  } catch (error) {
    if (error instanceof DataError) return tokenizer;
    throw error;
  }
}
