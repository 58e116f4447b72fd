import type { ChatAnswer, ChatClient, ChatMessage } from '../chat/chat-client.js';
import { contentHash } from '../chat/content-hash.js';
import { GoldEvalError } from '../errors.js';
import { quoted } from '../requests/post-json.js';
import type { VerdictFormat } from './verdict-format.js';

/** How a judge asks its model. */
export interface VerdictOptions {
  /**
   * The prompt, with placeholders: `{{prompt}}` and `{{response}}` for scores, `{{prompt}}`, `{{a}}`, and `{{b}}` for
   * comparisons; `{{format}}` says how the verdict must be given, and is added at the end if it is missing.
   */
  readonly template?: string;
  /** A system message; none by default. */
  readonly system?: string;
  /** Sampling temperature; 0 by default. */
  readonly temperature?: number;
  /**
   * Longest answer, in tokens, what a reasoning model thinks included; 1,024 by default. A cut-off answer gets twice as many; so it
   * does of a limit that the client's `parameters` set in place of this one.
   */
  readonly maxTokens?: number;
  /** How often one verdict is asked for before an unreadable one is an error; 3 by default. */
  readonly attempts?: number;
  /** Requests under way at once; 8 by default. */
  readonly concurrency?: number;
}

/** How one verdict is asked for. */
interface VerdictQuestion extends VerdictOptions {
  /** Names judge and item in messages. */
  readonly who: string;
  readonly signal: AbortSignal | undefined;
}

const DEFAULT_TEMPERATURE = 0;
const DEFAULT_MAX_TOKENS = 1024;

/**
 * Asks for one verdict until it can be read.
 *
 * An answer without a verdict is answered with how to give one, a cut-off answer is asked for with twice the tokens.
 *
 * @throws {GoldEvalError} `invalid-verdict` after the last attempt, quoting the answer
 */
export async function askVerdict<V>(
  client: ChatClient,
  prompt: string,
  format: VerdictFormat<V>,
  { who, signal, system, attempts = 3, ...sampling }: VerdictQuestion,
): Promise<V> {
  const { temperature = DEFAULT_TEMPERATURE, maxTokens = DEFAULT_MAX_TOKENS } = sampling;
  if (!(Number.isInteger(attempts) && attempts >= 1)) {
    throw new GoldEvalError('invalid-option', `attempts must be an integer ≥ 1, got ${attempts}.`);
  }
  if (!(Number.isInteger(maxTokens) && maxTokens >= 1)) {
    throw new GoldEvalError('invalid-option', `maxTokens must be an integer ≥ 1, got ${maxTokens}.`);
  }
  const conversation: ChatMessage[] = [
    ...(system ? [{ role: 'system', content: system } as const] : []),
    { role: 'user', content: prompt },
  ];
  let factor = 1;
  for (let attempt = 1; ; attempt++) {
    const [answer] = await client.complete(conversation, {
      temperature,
      maxTokens: factor * maxTokens,
      ...(factor > 1 && { limitFactor: factor }),
      signal,
    });
    const {
      text = '',
      finishReason = '',
      limit = { name: 'maxTokens', tokens: factor * maxTokens },
    } = answer ?? {};
    const cutOff = finishReason === 'length';
    const verdict = cutOff ? undefined : format.parse(text);
    if (verdict !== undefined) return verdict;
    if (attempt >= attempts) throw unreadable(who, attempts, format, text, cutOff ? limit : undefined);
    if (cutOff) factor *= 2;
    // Some servers refuse empty messages.
    else
      conversation.push(
        { role: 'assistant', content: text || '(no answer)' },
        { role: 'user', content: format.instruction },
      );
  }
}

function unreadable(
  who: string,
  attempts: number,
  { instruction }: VerdictFormat<unknown>,
  text: string,
  limit: ChatAnswer['limit'],
): GoldEvalError {
  const cut = limit ? ` (${cutOffBy(limit)})` : '';
  return new GoldEvalError(
    'invalid-verdict',
    `${who} gave no readable verdict (attempts: ${attempts}). It was told: ${instruction} Its last answer${cut}: ` +
      `"${quoted(text)}". Change the template, or raise attempts.`,
  );
}

function cutOffBy({ name, tokens }: NonNullable<ChatAnswer['limit']>): string {
  return tokens === undefined
    ? `cut off by the server's own limit; set ${name}`
    : `cut off after ${tokens} tokens; raise ${name}`;
}

/** `openai:small pointwise 1f0c9a…`: model, kind, and a hash of all that decides the verdicts. */
export async function judgeName(
  client: ChatClient,
  kind: string,
  { system = '', temperature = DEFAULT_TEMPERATURE, maxTokens = DEFAULT_MAX_TOKENS }: VerdictOptions,
  settings: Readonly<Record<string, unknown>>,
): Promise<string> {
  const hash = await contentHash({ ...client.identity, kind, system, temperature, maxTokens, ...settings });
  return `${client.name} ${kind} ${hash.slice(0, 16)}`;
}

/** `item 3 ("What is…")`: its place among all, and how its prompt begins. */
export function itemName(kind: string, index: number, prompt: string): string {
  const start = prompt.length > 60 ? `${prompt.slice(0, 60)}…` : prompt;
  return `${kind} ${index} (${JSON.stringify(start)})`;
}
