/** Who speaks in a conversation. */
export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool';

/**
 * A message of a conversation, in the format of TRL and `transformers`. Other keys, such as `tool_calls`, `name` or
 * `thinking`, are passed to the template as they are. A whole number beyond ±(2⁵³ − 1) is a `bigint` in them.
 */
export interface Message {
  readonly role: Role;
  /** Empty only beside tool calls. */
  readonly content: string;
  readonly [key: string]: unknown;
}

/** What a template reads besides the messages. */
export interface ConversationContext {
  /** JSON schemas of the functions that the assistant may call. */
  readonly tools?: readonly object[];
  /** Other variables of the template, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** A prompt of messages, and one or more ways in which it continues. */
export interface Exchange extends ConversationContext {
  readonly prompt: readonly Message[];
  readonly responses: readonly (readonly Message[])[];
}

/** An exchange as a template renders it: what the model reads, and what it is to write. */
export interface RenderedExchange {
  /** The prompt's messages, and what opens the assistant's turn. */
  readonly prompt: string;
  /** What the template adds to the prompt for each response, the end of the turn included. */
  readonly responses: readonly string[];
}

/** Whether two messages say the same. */
export function isSameMessage(a: Message, b: Message): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** Keys in one order, all the way down. */
function sorted(value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, part]) => [key, sorted(part)]);
}
