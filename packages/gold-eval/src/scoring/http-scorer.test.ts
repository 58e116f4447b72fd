import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpScorer } from './http-scorer.js';
import { scoreAll } from './score-all.js';
import type { ScoredText } from './scorer.js';

const items = ['a', 'abc', ''].map((response): ScoredText => ({ prompt: 'p', response }));
/** `cut`: how an answer that does not come to its end is broken off. */
let answer: (body: string) => { status: number; text: string; cut?: 'at once' | 'never' };
/** What a judge without patience would have waited for. */
const waits: number[] = [];
const sleep = async (milliseconds: number): Promise<void> => {
  waits.push(milliseconds);
};
const seen: { authorization: string | undefined; body: string }[] = [];

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    seen.push({ authorization: request.headers.authorization, body });
    const { status, text, cut } = answer(body);
    if (!cut) return response.writeHead(status).end(text);
    response.writeHead(status).write(text, () => {
      if (cut === 'at once') response.destroy();
    });
  });
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`;
});
afterAll(() => {
  server.close();
});

const byLength = (body: string): { status: number; text: string } => {
  const batch = (JSON.parse(body) as { items: ScoredText[] }).items;
  return { status: 200, text: JSON.stringify({ rewards: batch.map(({ response }) => response.length) }) };
};

describe('httpScorer', () => {
  test('scores batch by batch over the network, in order', async () => {
    answer = byLength;
    const judge = httpScorer('judge@1', url, { headers: { authorization: 'Bearer x' } });
    seen.length = 0;
    expect(await scoreAll(judge, items, { batchSize: 2 })).toEqual([1, 3, 0]);
    expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer x', 'Bearer x']);
    expect(JSON.parse(seen[1]?.body ?? '')).toEqual({ items: [{ prompt: 'p', response: '' }] });
  });

  test.each([
    ['an error', 500, 'Traceback', /the scorer "judge@1" answered with status 500: "Traceback"\.$/],
    ['no JSON', 200, 'fine', /must answer {"rewards": \[number, …\]}, got: fine$/],
    ['Python’s NaN', 200, '{"rewards":[1,NaN,3]}', /got: {"rewards":\[1,NaN,3\]}$/],
    ['a long page', 200, `<p>${'x'.repeat(999)}`, /got: <p>x{197}…$/],
    ['no rewards', 200, '{"scores":[1,2,3]}', /got: {"scores":\[1,2,3\]}$/],
    ['nothing', 200, 'null', /got: null$/],
    ['too few rewards', 200, '{"rewards":[1]}', /one reward per item, in order: expected 3, got 1/],
    [
      'a reward that is text',
      200,
      '{"rewards":[1,"2",3]}',
      /returned "2" for item 1; a reward must be a finite number/,
    ],
    [
      'infinity',
      200,
      '{"rewards":[1,1e999,3]}',
      /returned Infinity for item 1; a reward must be a finite number/,
    ],
  ])('names the judge that answers %s', async (_, status, text, message) => {
    answer = () => ({ status, text });
    const scored = scoreAll(httpScorer('judge@1', url), items);
    await expect(scored).rejects.toThrow(message);
    await expect(scored).rejects.toMatchObject({ name: 'GoldEvalError', code: 'scorer-failed' });
  });

  test('sends the password of an address in a header, and shows neither it nor a query', async () => {
    answer = byLength;
    seen.length = 0;
    const secret = url.replace('//', '//me:p%40ss@').concat('?key=s3cret');
    expect(await scoreAll(httpScorer('judge@1', secret), items)).toEqual([1, 3, 0]);
    const unescaped = url.replace('//', '//me:100%@');
    expect(await scoreAll(httpScorer('judge@1', unescaped), items)).toEqual([1, 3, 0]);
    expect(seen.map(({ authorization }) => authorization)).toEqual(
      ['me:p@ss', 'me:100%'].map((pair) => `Basic ${btoa(pair)}`),
    );
    const nobody = secret.replace(/:\d+\//, ':9/');
    const scored = scoreAll(httpScorer('judge@1', nobody, { retries: 0 }), items);
    await expect(scored).rejects.toThrow(
      /cannot be reached at http:\/\/127\.0\.0\.1:9\/score: .*Check its address/,
    );
    await expect(scored).rejects.not.toThrow(/ss@|s3cret/);
  });

  test('sends each header once, the last one given, however its name is written', async () => {
    answer = byLength;
    seen.length = 0;
    const secret = url.replace('//', '//me:pass@');
    const headers = { Authorization: 'Bearer x', 'CONTENT-TYPE': 'application/json; v=1' };
    const sent: Headers[] = [];
    const watched: typeof fetch = (address, request) => {
      sent.push(new Headers(request?.headers));
      return fetch(address, request);
    };
    expect(await httpScorer('judge@1', secret, { headers, fetch: watched }).score(items)).toEqual([1, 3, 0]);
    expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer x']);
    expect(sent.map((each) => each.get('content-type'))).toEqual(['application/json; v=1']);
    expect(() => httpScorer('judge@1', url, { headers: { 'a b': 'x' } })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  test('waits as long as it is told to, and refuses what is no time', async () => {
    answer = () => ({ status: 200, text: '{"rewards":', cut: 'never' });
    const impatient = httpScorer('judge@1', url, { timeout: 20, retries: 0 }).score(items);
    await expect(impatient).rejects.toThrow(/no whole answer within 0\.02 s/);
    answer = byLength;
    const patient = httpScorer('judge@1', url, { timeout: Number.POSITIVE_INFINITY });
    expect(await patient.score(items)).toEqual([1, 3, 0]);
    for (const timeout of [0, -1, Number.NaN, 2 ** 33]) {
      expect(() => httpScorer('judge@1', url, { timeout })).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: expect.stringContaining(`or Infinity for no deadline, got ${timeout}.`),
        }),
      );
    }
  });

  test('resumes after an error with what was scored before it', async () => {
    const judge = httpScorer('judge@1', url);
    const kept: number[] = [];
    const onBatch = (rewards: readonly number[]): void => {
      kept.push(...rewards);
    };
    let requests = 0;
    answer = (body) => (++requests === 2 ? { status: 500, text: 'down' } : byLength(body));
    await expect(scoreAll(judge, items, { batchSize: 1, onBatch })).rejects.toThrow(/500: "down"\.$/);
    expect(kept).toEqual([1]);
    expect(await scoreAll(judge, items, { batchSize: 1, onBatch, done: [...kept] })).toEqual([1, 3, 0]);
    expect(kept).toEqual([1, 3, 0]);
    expect(requests).toBe(4);
  });

  test('stops a request with the signal', async () => {
    answer = byLength;
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(httpScorer('judge@1', url).score(items, { signal })).rejects.toThrow('enough');
  });

  test('says why an answer is no JSON', async () => {
    answer = () => ({ status: 200, text: '{"rewards":[NaN]}' });
    await expect(httpScorer('judge@1', url).score(items)).rejects.toMatchObject({
      cause: expect.any(SyntaxError),
    });
  });

  test.each([200, 500])('lets an abort within an answer of status %i through', async (status) => {
    const controller = new AbortController();
    answer = () => {
      setTimeout(() => controller.abort(new Error('enough')), 50);
      return { status, text: '{"rewards":', cut: 'never' };
    };
    const scored = httpScorer('judge@1', url).score(items, { signal: controller.signal });
    await expect(scored).rejects.toThrow('enough');
  });

  test('asks a judge again that is busy or restarting, or whose connection breaks, but not without end', async () => {
    const failures = [
      { status: 503, text: 'starting' },
      { status: 429, text: 'busy' },
      { status: 200, text: '{"rewards":', cut: 'at once' as const },
    ];
    answer = (body) => failures.shift() ?? byLength(body);
    waits.length = 0;
    expect(await httpScorer('judge@1', url, { sleep }).score(items)).toEqual([1, 3, 0]);
    expect(waits).toHaveLength(3);

    answer = () => ({ status: 200, text: '{"rewards":', cut: 'at once' });
    const scored = httpScorer('judge@1', url, { sleep, retries: 1 }).score(items);
    await expect(scored).rejects.toThrow(/the scorer "judge@1" cannot be reached at .* It failed 2 times\.$/);
    await expect(scored).rejects.toMatchObject({ code: 'scorer-failed', cause: expect.any(TypeError) });
  });
});
