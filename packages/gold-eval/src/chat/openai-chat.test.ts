import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completion, type OpenAiServer, openAiServer } from '../../test/openai-server.js';
import { memoryCache } from './answer-cache.js';
import type { ChatMessage } from './chat-client.js';
import { type OpenAiChatOptions, openAiChat } from './openai-chat.js';

let server: OpenAiServer;
beforeAll(async () => {
  server = await openAiServer();
});
afterAll(() => server.close());

const say = (content: string): ChatMessage[] => [{ role: 'user', content }];
/** A client that does not wait, and what it would have waited. */
function client(options: Partial<OpenAiChatOptions> = {}) {
  const waits: number[] = [];
  const sleep = async (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
  };
  return { waits, chat: openAiChat({ model: 'small', baseUrl: server.baseUrl, sleep, ...options }) };
}

describe('a request', () => {
  test('has the model, the messages, and what was asked for, and the key', async () => {
    server.script(() => completion('Hi!'));
    const { chat } = client({ apiKey: 'sk-1', parameters: { top_p: 0.5, reasoning_effort: 'low' } });
    const answers = await chat.complete(say('Hello'), { temperature: 0.7, maxTokens: 9, seed: 3 });
    expect(answers).toEqual([{ text: 'Hi!', finishReason: 'stop' }]);
    expect(server.requests).toEqual([
      {
        model: 'small',
        messages: [{ role: 'user', content: 'Hello' }],
        temperature: 0.7,
        max_tokens: 9,
        seed: 3,
        top_p: 0.5,
        reasoning_effort: 'low',
      },
    ]);
    expect(server.authorizations).toEqual(['Bearer sk-1']);
    expect(chat.usage()).toEqual({ calls: 1, promptTokens: 10, completionTokens: 5, cached: 0 });
  });

  test('leaves out what nobody asked for, and what the parameters take away', async () => {
    server.script(() => completion('Hi!'));
    const { chat } = client({ baseUrl: `${server.baseUrl}/`, parameters: { temperature: null } });
    await chat.complete(say('Hello'), { temperature: 0 });
    expect(server.requests).toEqual([{ model: 'small', messages: say('Hello') }]);
    expect(server.authorizations).toEqual([undefined]);
  });

  test('has each header once, the last one given, however its name is written', async () => {
    const sent: Headers[] = [];
    const fetch = async (_: unknown, request?: RequestInit) => {
      sent.push(new Headers(request?.headers));
      return new Response(completion('Hi!').body);
    };
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      Authorization: 'Key mine',
      'X-A': '1',
    };
    await client({ apiKey: 'sk-1', headers, fetch }).chat.complete(say('Hello'));
    await client({ apiKey: 'sk-1', fetch }).chat.complete(say('Hello'));
    expect(sent.map((each) => Object.fromEntries(each))).toEqual([
      { 'content-type': 'application/json; charset=utf-8', authorization: 'Key mine', 'x-a': '1' },
      { 'content-type': 'application/json', authorization: 'Bearer sk-1' },
    ]);
  });

  test('calls the limit of tokens what OpenAI calls it there', async () => {
    let body = '';
    const fetch = async (_: unknown, request?: RequestInit) => {
      body = String(request?.body);
      return new Response(completion('Hi!').body);
    };
    const { chat } = client({ baseUrl: 'https://api.openai.com/v1', fetch });
    await chat.complete(say('Hello'), { maxTokens: 9 });
    expect(JSON.parse(body)).toMatchObject({ max_completion_tokens: 9 });
  });
});

describe('an answer', () => {
  test.each([
    ['text', completion('Yes.'), { text: 'Yes.', finishReason: 'stop' }],
    ['a cut-off one', completion('Y', { finishReason: 'length' }), { text: 'Y', finishReason: 'length' }],
    [
      'a refusal',
      completion([null], { refusal: 'I cannot.' }),
      { text: 'I cannot.', finishReason: 'refusal' },
    ],
    [
      'nothing but thoughts',
      completion([null], { finishReason: 'length' }),
      { text: '', finishReason: 'length' },
    ],
  ])('can be %s', async (_, reply, expected) => {
    server.script(() => reply);
    expect(await client().chat.complete(say('Hello'))).toEqual([expected]);
  });

  test('comes n times, in one request or in several', async () => {
    server.script(({ n }, index) => completion(n === 3 && index > 0 ? ['a', 'b', 'c'] : `only ${index}`));
    const texts = (answers: readonly { text: string }[]) => answers.map(({ text }) => text);
    const stubborn = await client().chat.complete(say('Hello'), { n: 2, seed: 7 });
    expect(texts(stubborn)).toEqual(['only 0', 'only 1']);
    expect(server.requests.map(({ n, seed }) => ({ n, seed }))).toEqual([
      { n: 2, seed: 7 },
      { n: undefined, seed: 8 },
    ]);
    expect(texts(await client().chat.complete(say('Hello'), { n: 3 }))).toEqual(['a', 'b', 'c']);
  });
});

/** As OpenAI words it: what tells it from a busy server comes late. */
const EMPTY_ACCOUNT = `{
    "error": {
        "message": "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        "type": "insufficient_quota",
        "param": null,
        "code": "insufficient_quota"
    }
}
`;

describe('failures', () => {
  test('a busy server is asked again after what it asks to wait, a broken one after growing waits', async () => {
    server.script((_, index) => {
      if (index === 0) return { status: 429, headers: { 'retry-after': '7' }, body: 'slow down' };
      if (index === 1) return { status: 500, body: 'oops' };
      if (index === 2) return { body: completion('Hi').body.slice(0, 40), end: 'cut' };
      return completion('Hi!');
    });
    const { chat, waits } = client();
    expect(await chat.complete(say('Hello'))).toEqual([{ text: 'Hi!', finishReason: 'stop' }]);
    expect(waits).toHaveLength(3);
    expect(waits[0]).toBe(7000);
    expect(waits[1]).toBeGreaterThanOrEqual(500);
    expect(waits[1]).toBeLessThanOrEqual(1000);
    expect(waits[2]).toBeGreaterThanOrEqual(1000);
    expect(waits[2]).toBeLessThanOrEqual(2000);
    expect(chat.usage().calls).toBe(4);
  });

  test('Retry-After may be a date', async () => {
    server.script((_, index) =>
      index === 0
        ? { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, body: 'back soon' }
        : completion('Hi!'),
    );
    const { chat, waits } = client();
    await chat.complete(say('Hello'));
    expect(waits).toEqual([0]);
  });

  test.each([
    [
      'malformed JSON',
      { body: '{"choices": [' },
      /did not answer with a chat completion: "{"choices": \["\./,
    ],
    ['a page', { body: `<p>${'x'.repeat(300)}` }, /chat completion: "<p>x{197}…"\. It failed 3 times\.$/],
    ['no choices', { body: '{"choices": []}' }, /chat completion: "{"choices": \[\]}"/],
    ['a message that is null', { body: '{"choices": [{"message": null}]}' }, /chat completion: "{"choices"/],
    ['a choice without message', { body: '{"choices": [{}]}' }, /chat completion: "{"choices": \[{}\]}"/],
    [
      'a server error',
      { status: 502, body: 'bad gateway' },
      /answered with status 502: "bad gateway"\. It failed 3 times/,
    ],
    [
      'an object for a reason',
      { body: '{"choices":[{"message":{"content":"a"},"finish_reason":{"toString":1}}]}' },
      /chat completion: "{"choices":\[{/,
    ],
    [
      'a broken connection',
      { body: '{', end: 'cut' as const },
      /the model "small" cannot be reached: [A-Z_]+\. Check its address, and that it runs\. It failed 3 times\.$/,
    ],
  ])('gives up on %s after the last retry', async (_, reply, message) => {
    server.script(() => reply);
    const asked = client({ retries: 2 }).chat.complete(say('Hello'));
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toMatchObject({ name: 'GoldEvalError', code: 'request-failed' });
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    [
      400,
      'max_tokens is unknown',
      /the model "small" answered with status 400: "max_tokens is unknown"\. If it refuses a field, leave that out/,
    ],
    [
      401,
      'Incorrect API key provided: sk-secret',
      /status 401: "Incorrect API key provided: …"\. Check the API key\.$/,
    ],
    [404, 'no such model', /status 404: "no such model"\. Check the base URL/],
    [
      429,
      EMPTY_ACCOUNT,
      /status 429: "{\s*"error": {\s*"message": "You exceeded your current quota, [^}]*…"\.$/,
    ],
    [429, '{"error":{"type":"insufficient_quota"}}', /status 429: .*insufficient_quota/],
  ])('asks once where status %i will not change: %s', async (status, body, message) => {
    server.script(() => ({ status, body }));
    await expect(client({ apiKey: 'sk-secret' }).chat.complete(say('Hello'))).rejects.toThrow(message);
    expect(server.requests).toHaveLength(1);
  });

  test('does not wait longer than it is allowed to', async () => {
    server.script(() => ({ status: 429, headers: { 'retry-after': '3600' }, body: 'tomorrow' }));
    const { chat, waits } = client();
    await expect(chat.complete(say('Hello'))).rejects.toThrow(
      /status 429: "tomorrow"\. It asks to wait 3600 s, longer than the longest wait of 60 s\.$/,
    );
    expect(waits).toEqual([]);
  });

  test('names the reason if nobody listens', async () => {
    const closed = await openAiServer();
    await closed.close();
    const { chat } = client({ baseUrl: closed.baseUrl, retries: 1 });
    await expect(chat.complete(say('Hello'))).rejects.toThrow(
      /the model "small" cannot be reached: ECONNREFUSED\./,
    );
  });

  test('does not wait for an answer without end', async () => {
    server.script(() => ({ body: '{', end: 'hang' }));
    const { chat } = client({ retries: 1, timeout: 20 });
    await expect(chat.complete(say('Hello'))).rejects.toThrow(
      'the model "small" cannot be reached: no whole answer within 0.02 s. Check its address, and that it runs. It failed 2 times.',
    );
  });

  test('does not read a huge answer, nor ask for it again', async () => {
    server.script(() => ({ body: 'x'.repeat(2 ** 20), end: 'endless' }));
    await expect(client().chat.complete(say('Hello'))).rejects.toThrow(
      'the model "small" answered with more than 16 MiB.',
    );
    expect(server.requests).toHaveLength(1);
  });

  test('goes nowhere else with prompts and key', async () => {
    const other = await openAiServer();
    const redirect = (location: string, status = 307) => ({ status, headers: { location }, body: '' });
    server.script(() => redirect(`${other.baseUrl}/chat/completions`));
    await expect(client({ apiKey: 'sk-1' }).chat.complete(say('Hello'))).rejects.toThrow(
      /^@ais\/gold-eval: the model "small" answered with a redirect, which is not followed/,
    );
    expect(other.requests).toEqual([]);
    await other.close();
    server.script((_, index) => (index === 0 ? redirect('/v1/chat/completions', 308) : completion('Hi!')));
    expect(await client().chat.complete(say('Hello'))).toHaveLength(1);
    server.script(() => redirect('/v1/chat/completions'));
    await expect(client().chat.complete(say('Hello'))).rejects.toThrow(/with a redirect/);
    server.script(() => redirect('/v1/chat/completions', 302));
    await expect(client().chat.complete(say('Hello'))).rejects.toThrow(/with a redirect/);
  });

  test.each([
    ['a refusal', (url: string) => ({ status: 400, body: `sk-secret may not use ${url}` })],
    ['another shape', (url: string) => ({ body: JSON.stringify({ at: url, key: 'sk-secret' }) })],
    ['a broken connection', () => ({ body: '{', end: 'cut' as const })],
    ['a redirect', (url: string) => ({ status: 302, headers: { location: url }, body: '' })],
    // Quotations end after 200 characters, here within the key.
    ['a long refusal', () => ({ status: 400, body: `${'.'.repeat(194)}sk-secret` })],
    ['a long answer', () => ({ body: `${'.'.repeat(194)}sk-secret` })],
  ])('tell neither the key nor the address: %s', async (_, reply) => {
    server.script(() => reply(server.baseUrl));
    const { chat } = client({ apiKey: 'sk-secret', retries: 0 });
    const error = await chat.complete(say('Hello')).catch((reason: Error) => reason.message);
    expect(error).toMatch(/the model "small"/);
    expect(error).not.toContain('sk-');
    expect(error).not.toContain(new URL(server.baseUrl).host);
  });

  test.each<readonly [options: Partial<OpenAiChatOptions>, message: RegExp]>([
    [{ baseUrl: 'localhost:8000' }, /base URL must be an http address/],
    [
      { baseUrl: 'http://me:sk-secret@localhost/v1' },
      /without a password, such as http:\/\/localhost:8000\/v1\.$/,
    ],
    [{ budget: { calls: -1 } }, /budget\.calls must be an integer ≥ 0, got -1/],
    [{ budget: { tokens: 0.5 } }, /budget\.tokens must be an integer ≥ 0/],
    ...[0, -1, Number.NaN, 2 ** 31, '5' as unknown as number].map(
      (timeout) =>
        [
          { timeout },
          new RegExp(
            `timeout must be a number of milliseconds above 0 and at most 2147483647, or Infinity for no deadline, got ${timeout}\\.$`,
          ),
        ] as const,
    ),
    [{ headers: { 'x y': 'sk-secret' } }, /the header "x y" cannot be sent: a name is/],
    [{ apiKey: 'sk-secret\nx' }, /the header "authorization" cannot be sent: /],
  ])('refuses %o', (options, message) => {
    expect(() => client(options)).toThrow(message);
    expect(() => client(options)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(() => client(options)).not.toThrow(/sk-secret/);
  });

  test('a deadline may be any part of a millisecond, or none at all', async () => {
    server.script(() => completion('Hi!'));
    for (const timeout of [2 ** 31 - 1, 29_999.5, Number.POSITIVE_INFINITY]) {
      expect(await client({ timeout }).chat.complete(say(`Hello ${timeout}`))).toHaveLength(1);
    }
    const signal = AbortSignal.abort(new Error('enough'));
    const { chat } = client({ timeout: Number.POSITIVE_INFINITY });
    await expect(chat.complete(say('Bye'), { signal })).rejects.toThrow('enough');
  });

  test('refuses no answers, and retries that are not a number', async () => {
    await expect(client().chat.complete(say('Hello'), { n: 0 })).rejects.toThrow(
      /n must be an integer ≥ 1, got 0/,
    );
    const impatient = client({ longestWait: Number.NaN }).chat;
    await expect(impatient.complete(say('Hello'))).rejects.toThrow(
      /longestWait must be a number of milliseconds ≥ 0, got NaN/,
    );
    await expect(client({ retries: 0.5 }).chat.complete(say('Hello'))).rejects.toThrow(/retries must be/);
  });
});

describe('an abort', () => {
  test('stops a slow answer at once', async () => {
    const controller = new AbortController();
    server.script(() => {
      setImmediate(() => controller.abort(new Error('enough')));
      return { body: '{', end: 'hang' };
    });
    const asked = client().chat.complete(say('Hello'), { signal: controller.signal });
    await expect(asked).rejects.toThrow('enough');
  });

  test('of one caller does not stop another who asks the same', async () => {
    const controller = new AbortController();
    server.script((_, index) => {
      if (index > 0) return completion('Hi!');
      setImmediate(() => controller.abort(new Error('enough')));
      return { body: '{', end: 'hang' };
    });
    const { chat } = client();
    const stopped = chat.complete(say('Hello'), { signal: controller.signal });
    const other = chat.complete(say('Hello'));
    await expect(stopped).rejects.toThrow('enough');
    expect(await other).toEqual([{ text: 'Hi!', finishReason: 'stop' }]);
  });

  test('does not wait for the same request of another caller', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const isAsked = new Promise<void>((resolve) => {
      server.script(() => {
        resolve();
        return { body: '{', end: 'hang' };
      });
    });
    const { chat } = client();
    const ask = (signal: AbortSignal) => chat.complete(say('Hello'), { signal });
    const asking = ask(first.signal);
    await isAsked;
    const waiting = ask(second.signal);
    setImmediate(() => second.abort(new Error('second')));
    await expect(waiting).rejects.toThrow('second');
    await expect(ask(AbortSignal.abort(new Error('third')))).rejects.toThrow('third');
    first.abort(new Error('first'));
    await expect(asking).rejects.toThrow('first');
    expect(server.requests).toHaveLength(1);
  });
});

describe('the cache', () => {
  test('nothing is asked twice: not again, not at the same time, not by another client', async () => {
    server.script(({ messages }) => completion(messages[0]!.content));
    const cache = memoryCache();
    const { chat } = client({ cache });
    await Promise.all(['a', 'b', 'a', 'a'].map((text) => chat.complete(say(text), { temperature: 0 })));
    await chat.complete(say('b'), { temperature: 0 });
    expect(server.requests).toHaveLength(2);
    expect(chat.usage()).toEqual({ calls: 2, promptTokens: 20, completionTokens: 10, cached: 3 });
    const other = client({ cache }).chat;
    expect(await other.complete(say('a'), { temperature: 0 })).toEqual([{ text: 'a', finishReason: 'stop' }]);
    expect(other.usage()).toMatchObject({ calls: 0, cached: 1 });
  });

  test('goes by everything that decides an answer', async () => {
    server.script(() => completion('Hi!'));
    const cache = memoryCache();
    await client({ cache }).chat.complete(say('a'), { temperature: 0 });
    await client({ cache }).chat.complete(say('a'), { temperature: 1 });
    await client({ cache }).chat.complete(say('b'), { temperature: 0 });
    await client({ cache, model: 'large' }).chat.complete(say('a'), { temperature: 0 });
    await client({ cache, parameters: { top_p: 0.5 } }).chat.complete(say('a'), { temperature: 0 });
    await client({ cache, parameters: { a: 1, b: { c: 2, d: 3 } } }).chat.complete(say('a'));
    expect(server.requests).toHaveLength(6);
    await client({ cache, parameters: { b: { d: 3, c: 2 }, a: 1 } }).chat.complete(say('a'));
    expect(server.requests).toHaveLength(6);
  });

  test('does not keep failures', async () => {
    server.script((_, index) => (index === 0 ? { status: 400, body: 'no' } : completion('Hi!')));
    const { chat } = client();
    await expect(chat.complete(say('Hello'))).rejects.toThrow(/400/);
    expect(await chat.complete(say('Hello'))).toHaveLength(1);
  });
});

describe('the budget', () => {
  test('of calls is never exceeded, retries included, and nothing that was answered is lost', async () => {
    server.script((_, index) => (index === 1 ? { status: 500, body: 'oops' } : completion('Hi!')));
    const cache = memoryCache();
    const { chat } = client({ cache, budget: { calls: 3 } });
    const asked = await Promise.allSettled(['a', 'b', 'c', 'd'].map((text) => chat.complete(say(text))));
    expect(server.requests).toHaveLength(3);
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const result of asked) {
      if (result.status === 'fulfilled') continue;
      expect(result.reason).toMatchObject({ name: 'GoldEvalError', code: 'budget-spent' });
      expect(result.reason.message).toMatch(
        /budget of 3 calls to openai:small is spent \(3 calls, \d+ tokens\)/,
      );
    }
    const richer = client({ cache, budget: { calls: 2 } }).chat;
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => richer.complete(say(text))));
    expect(richer.usage()).toMatchObject({ calls: 2, cached: 2 });
  });

  test('of tokens ends before the next call', async () => {
    server.script(() => completion('Hi!'));
    const { chat } = client({ budget: { tokens: 20 } });
    await chat.complete(say('a'));
    await chat.complete(say('b'));
    await expect(chat.complete(say('c'))).rejects.toThrow(/budget of 20 tokens .* \(2 calls, 30 tokens\)/);
    expect(await chat.complete(say('a'))).toHaveLength(1);
  });

  test('of tokens needs a server that counts them, and keeps what it answered', async () => {
    server.script(() => completion('Hi!', { usage: false }));
    const cache = memoryCache();
    const counted = client({ cache, budget: { tokens: 20 } }).chat.complete(say('a'));
    await expect(counted).rejects.toThrow(/does not report the tokens it uses/);
    expect(await client({ cache }).chat.complete(say('a'))).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
    await client().chat.complete(say('b'));
  });

  test('answers that come in several requests are kept one by one', async () => {
    server.script((_, index) => completion(`${index}`));
    const cache = memoryCache();
    const poor = client({ cache, budget: { calls: 1 } }).chat.complete(say('a'), { n: 2 });
    await expect(poor).rejects.toMatchObject({ code: 'budget-spent' });
    const answers = await client({ cache }).chat.complete(say('a'), { n: 2 });
    expect(answers.map(({ text }) => text)).toEqual(['0', '1']);
    expect(server.requests).toHaveLength(2);
  });
});
