import { GoldEvalError } from '../errors.js';
import { checkTimeout } from '../requests/check-timeout.js';
import { mergeHeaders } from '../requests/merge-headers.js';
import { postJson, quoted } from '../requests/post-json.js';
import { type Attempt, type Failure, type RetryOptions, withRetries } from '../requests/retry.js';
import { type AnswerCache, memoryCache } from './answer-cache.js';
import { type ChatBudget, Spending } from './chat-budget.js';
import type { ChatAnswer, ChatClient, ChatMessage, ChatOptions } from './chat-client.js';
import { contentHash } from './content-hash.js';
import { OPENAI_BASE_URL, type OpenAiEndpoint } from './openai-endpoint.js';

/** Options of `openAiChat`. */
export interface OpenAiChatOptions extends OpenAiEndpoint, RetryOptions {
  readonly model: string;
  /**
   * Further fields of every request, such as `reasoning_effort` or `top_p`; they win over what the client sends itself, and
   * `null` leaves a field out: `{ temperature: null }` for models that refuse one.
   */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Sent with every request besides the key; they win over it and over the content type. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly budget?: ChatBudget;
  /** Keeps the answers; in memory by default. */
  readonly cache?: AnswerCache;
  /** The longest that one attempt may take, in milliseconds, or `Infinity` for no deadline; 300,000 by default. */
  readonly timeout?: number;
  /** Sends the requests; the global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
}

interface Sampling {
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly n: number;
}

/** An answer of the server, as far as it is needed. */
interface Completion {
  readonly answers: readonly ChatAnswer[];
  readonly tokens: { readonly prompt: number; readonly completion: number } | undefined;
}

/**
 * A client of any server that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama, and many others.
 *
 * An answer that the cache has is not asked for again, and requests with the same content at the same time are one request.
 * A server that is busy (408, 409, 429) or broken (5xx), a connection that fails, and an answer that is not a completion are
 * asked again with growing waits; `Retry-After` is honored. Neither the key nor the address is in any message.
 *
 * Gotcha: the cache goes by content, so that the same question at temperature 1 has one answer. For several answers use `n`,
 * or different seeds.
 *
 * @throws {GoldEvalError} `invalid-option` for an address, a budget, a timeout, or a header that cannot be; from `complete`: `request-failed` if the server refuses or fails too often, quoting its answer;
 *   `budget-spent` before a call that the budget does not allow; the signal's reason
 * @example
 * const fetch = async () => Response.json({ choices: [{ message: { content: 'Hi!' }, finish_reason: 'stop' }] });
 * const chat = openAiChat({ model: 'small', baseUrl: 'http://localhost:8000/v1', fetch });
 * console.log((await chat.complete([{ role: 'user', content: 'Hello' }]))[0]?.text); // Hi!
 */
export function openAiChat(options: OpenAiChatOptions): ChatClient {
  const { model, baseUrl, apiKey, parameters = {}, cache = memoryCache() } = options;
  const root = checkedUrl(baseUrl);
  const name = `openai:${model}`;
  const who = `the model "${model}"`;
  const spending = new Spending(name, options.budget ?? {});
  const running = new Map<string, Promise<readonly ChatAnswer[]>>();
  checkTimeout(options.timeout);
  const headers = mergeHeaders(apiKey ? { authorization: `Bearer ${apiKey}` } : {}, options.headers ?? {});

  /** Without the key and the address, which servers repeat in their answers. */
  const redact = (answer: string): string =>
    [apiKey, root, new URL(root).host].reduce<string>(
      (text, secret) => (secret ? text.replaceAll(secret, '…') : text),
      answer,
    );

  async function attempt(body: unknown, signal: AbortSignal | undefined): Promise<Attempt<Completion>> {
    spending.call();
    const posted = await postJson(who, `${root}/chat/completions`, body, isTransient, {
      headers,
      ...(options.fetch && { fetch: options.fetch }),
      ...(options.timeout !== undefined && { timeout: options.timeout }),
      redact,
      signal,
    });
    if ('failure' in posted) {
      const { failure } = posted;
      const message = `${failure.message}${remedy(failure.status)}`;
      return { failure: { ...failure, message, transient: failure.transient && !isEmptyAccount(failure) } };
    }
    const completion = parseCompletion(posted.value);
    if (completion) return { value: completion };
    const message = `${who} did not answer with a chat completion: "${quoted(redact(posted.value))}".`;
    return { failure: { message, transient: true } };
  }

  async function ask(key: string, body: unknown, signal: AbortSignal | undefined) {
    const known = await cache.get(key);
    if (known) {
      spending.cached();
      return known;
    }
    const { answers, tokens } = await withRetries(
      () => attempt(body, signal),
      'request-failed',
      options,
      signal,
    );
    if (tokens) spending.tokens(tokens.prompt, tokens.completion);
    await cache.set(key, answers, body);
    if (!tokens) spending.unreported();
    return answers;
  }

  async function askOnce(body: unknown, sample: number, signal: AbortSignal | undefined) {
    const key = await contentHash({ baseUrl: root, body, sample });
    for (let other = running.get(key); other; other = running.get(key)) {
      // If the other call fails, for instance because it was stopped, this one asks for itself.
      await endOrAbort(other, signal);
      signal?.throwIfAborted();
    }
    const asking = ask(key, body, signal);
    running.set(key, asking);
    try {
      return await asking;
    } finally {
      running.delete(key);
    }
  }

  async function complete(
    messages: readonly ChatMessage[],
    { n = 1, signal, limitFactor = 1, ...chat }: ChatOptions = {},
  ) {
    if (!(Number.isInteger(n) && n >= 1)) {
      throw new GoldEvalError('invalid-option', `n must be an integer ≥ 1, got ${n}.`);
    }
    const { temperature = 0, maxTokens = 1 } = chat;
    if (!(Number.isInteger(maxTokens) && maxTokens >= 1)) {
      throw new GoldEvalError('invalid-option', `maxTokens must be an integer ≥ 1, got ${maxTokens}.`);
    }
    if (!(Number.isFinite(temperature) && temperature >= 0)) {
      throw new GoldEvalError(
        'invalid-option',
        `temperature must be a finite number ≥ 0, got ${temperature}.`,
      );
    }
    const fields = { ...parameters, ...limitsOf(parameters, limitFactor) };
    const limit = limitBeside(chat.maxTokens, root, fields);
    const answers: ChatAnswer[] = [];
    // Servers that ignore `n` answer once: they are asked for the rest.
    while (answers.length < n) {
      const rest = n - answers.length;
      const seed = chat.seed === undefined ? undefined : chat.seed + answers.length;
      const body = requestBody(model, root, messages, { ...chat, seed, n: rest }, fields);
      answers.push(...(await askOnce(body, answers.length, signal)).slice(0, rest));
    }
    return limit
      ? answers.map((answer) => (answer.finishReason === 'length' ? { ...answer, limit } : answer))
      : answers;
  }

  return {
    specificationVersion: 'v1',
    name,
    identity: { baseUrl: root, model, parameters },
    complete,
    usage: () => spending.usage(),
  };
}

function checkedUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const holds = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search;
  if (holds) return baseUrl.replace(/\/+$/, '');
  throw new GoldEvalError(
    'invalid-option',
    'the base URL must be an http address up to the version, without a password, such as http://localhost:8000/v1.',
  );
}

const LIMITS = ['max_completion_tokens', 'max_tokens'] as const;

/** OpenAI's reasoning models refuse the older name, and most other servers know nothing else. */
const limitField = (baseUrl: string): (typeof LIMITS)[number] =>
  baseUrl === OPENAI_BASE_URL ? 'max_completion_tokens' : 'max_tokens';

/** The limits on tokens among the parameters, times a factor. */
function limitsOf(parameters: Readonly<Record<string, unknown>>, factor: number): Record<string, number> {
  return Object.fromEntries(
    LIMITS.flatMap((name) => {
      const value = parameters[name];
      return typeof value === 'number' ? [[name, Math.round(factor * value)]] : [];
    }),
  );
}

/** What cuts an answer off in place of `maxTokens`, if parameters set a lower limit or leave it out. */
function limitBeside(
  maxTokens = Number.POSITIVE_INFINITY,
  baseUrl: string,
  parameters: Readonly<Record<string, unknown>>,
): ChatAnswer['limit'] {
  const field = limitField(baseUrl);
  const given = parameters[field] === undefined ? maxTokens : Number.POSITIVE_INFINITY;
  const [lowest] = Object.entries(limitsOf(parameters, 1)).toSorted(([, a], [, b]) => a - b);
  if (lowest) return lowest[1] < given ? { name: `parameters.${lowest[0]}`, tokens: lowest[1] } : undefined;
  return parameters[field] === null ? { name: `parameters.${field}` } : undefined;
}

function requestBody(
  model: string,
  baseUrl: string,
  messages: readonly ChatMessage[],
  { temperature, maxTokens, seed, n }: Sampling,
  parameters: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const body = {
    model,
    messages,
    temperature,
    [limitField(baseUrl)]: maxTokens,
    seed,
    ...(n > 1 && { n }),
    ...parameters,
  };
  return Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== undefined && value !== null),
  );
}

function isTransient(status: number): boolean {
  return [408, 409, 429].includes(status) || status >= 500;
}

/** OpenAI answers an empty account with the status of a busy server. */
function isEmptyAccount({ answer = '' }: Failure): boolean {
  const error = field(parseJson(answer), 'error');
  return ['code', 'type'].some((key) => field(error, key) === 'insufficient_quota');
}

/** Waits until a call ends, however it does, or until the signal aborts. */
function endOrAbort(call: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal?.removeEventListener('abort', end);
      resolve();
    };
    if (signal?.aborted) return end();
    signal?.addEventListener('abort', end);
    call.then(end, end);
  });
}

function remedy(status: number | undefined): string {
  if (status === 400) return ' If it refuses a field, leave that out: parameters: { temperature: null }.';
  if (status === 401 || status === 403) return ' Check the API key.';
  if (status === 404) return ' Check the base URL (it usually ends in /v1) and the model.';
  return '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseCompletion(text: string): Completion | undefined {
  const body = parseJson(text);
  const choices = field(body, 'choices');
  if (!Array.isArray(choices) || choices.length === 0) return undefined;
  const answers = choices.flatMap((choice): ChatAnswer[] => {
    const message = field(choice, 'message');
    const [content, refusal] = [field(message, 'content'), field(message, 'refusal')];
    if (typeof refusal === 'string' && refusal) return [{ text: refusal, finishReason: 'refusal' }];
    // A model that thinks until it is cut off has no content.
    if (typeof message !== 'object' || !message || (typeof content !== 'string' && content != null))
      return [];
    const reason = field(choice, 'finish_reason') ?? 'stop';
    return typeof reason === 'string' ? [{ text: content ?? '', finishReason: reason }] : [];
  });
  if (answers.length < choices.length) return undefined;
  const usage = field(body, 'usage');
  const [prompt, completion] = [field(usage, 'prompt_tokens'), field(usage, 'completion_tokens')];
  const counted = typeof prompt === 'number' && typeof completion === 'number';
  return { answers, tokens: counted ? { prompt, completion } : undefined };
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
