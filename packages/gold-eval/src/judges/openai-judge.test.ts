import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChatRequest, completion, type OpenAiServer, openAiServer } from '../../test/openai-server.js';
import { memoryCache } from '../chat/answer-cache.js';
import { compareAll } from '../scoring/compare-all.js';
import { scoreAll } from '../scoring/score-all.js';
import { verifyPairwiseJudge, verifyScorer } from '../scoring/verify-scorer.js';
import { positionBias } from '../win-rate/position-bias.js';
import { type OpenAiPairwiseOptions, type OpenAiPointwiseOptions, openAiJudge } from './openai-judge.js';

let server: OpenAiServer;
beforeAll(async () => {
  server = await openAiServer();
});
afterAll(() => server.close());

const sleep = async (): Promise<void> => {};
const pointwise = (options: Partial<OpenAiPointwiseOptions> = {}) =>
  openAiJudge({ model: 'small', baseUrl: server.baseUrl, sleep, ...options });
const pairwise = (options: Partial<OpenAiPairwiseOptions> = {}) =>
  openAiJudge({ model: 'small', baseUrl: server.baseUrl, sleep, ...options, mode: 'pairwise' });

const responses = ['good', 'bad', 'good and long'].map((response) => ({
  prompt: 'Why is the sky blue?',
  response,
}));
/** Between two tags of the last message of a user. */
const within = ({ messages }: ChatRequest, tag: string): string =>
  new RegExp(`<${tag}>\n(.*)\n</${tag}>`, 's').exec(
    messages.find(({ role }) => role === 'user')!.content,
  )?.[1] ?? '';
const byLength = (request: ChatRequest) =>
  completion(`Fine.\nScore: ${Math.min(10, within(request, 'response').length)}`);

describe('a pointwise judge', () => {
  test('scores each response, in order, and shows the model prompt, response, and format', async () => {
    server.script(byLength);
    const judge = await pointwise({ system: 'You are strict.', concurrency: 2 });
    expect(await scoreAll(judge, responses)).toEqual([4, 3, 10]);
    expect(server.requests).toHaveLength(3);
    const request = server.requests.find((asked) => within(asked, 'response') === 'bad')!;
    expect(request).toMatchObject({ model: 'small', temperature: 0, max_tokens: 1024 });
    expect(request.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(judge.usage()).toEqual({ calls: 3, promptTokens: 30, completionTokens: 15, cached: 0 });
  });

  test('uses a template and a range of one’s own', async () => {
    server.script(() => completion('0.25'));
    const judge = await pointwise({ template: 'Q {{prompt}} A {{response}}', range: [0, 1] });
    expect(await judge.score([{ prompt: 'p', response: 'r' }])).toEqual([0.25]);
    expect(server.requests[0]!.messages).toEqual([
      {
        role: 'user',
        content:
          'Q p A r\n\nEnd your answer with this line: "Score: N", where N is a number from 0 (worst) to 1 (best).',
      },
    ]);
  });

  test('asks again for a verdict, telling how to give one', async () => {
    server.script((_, index) => completion(['I like it.', '', 'Score: 6'][index]!));
    const judge = await pointwise();
    expect(await judge.score(responses.slice(0, 1))).toEqual([6]);
    const instruction = expect.stringMatching(/^End your answer with this line: "Score: N"/);
    expect(server.requests[2]!.messages.slice(1)).toEqual([
      { role: 'assistant', content: 'I like it.' },
      { role: 'user', content: instruction },
      { role: 'assistant', content: '(no answer)' },
      { role: 'user', content: instruction },
    ]);
  });

  test('asks for a cut-off answer with twice the tokens, and does not read half a number', async () => {
    server.script((_, index) => completion('Score: 1', { finishReason: index < 2 ? 'length' : 'stop' }));
    expect(await (await pointwise({ maxTokens: 100 })).score(responses.slice(0, 1))).toEqual([1]);
    expect(server.requests.map((request) => request['max_tokens'])).toEqual([100, 200, 400]);
    expect(server.requests[2]!.messages).toHaveLength(1);
  });

  test.each([
    [
      { max_tokens: null, max_completion_tokens: 2000 },
      'max_completion_tokens',
      [2000, 4000, 8000],
      'cut off after 8000 tokens; raise parameters.max_completion_tokens',
    ],
    [
      { max_tokens: 50 },
      'max_tokens',
      [50, 100, 200],
      'cut off after 200 tokens; raise parameters.max_tokens',
    ],
    // The lower of the two cuts off.
    [
      { max_completion_tokens: 2000 },
      'max_tokens',
      [1024, 2048, 4096],
      'cut off after 4096 tokens; raise maxTokens',
    ],
    [
      { max_tokens: null },
      'max_tokens',
      [undefined],
      "cut off by the server's own limit; set parameters.max_tokens",
    ],
  ])(
    'doubles the limit that parameters set, and names it: %o',
    async (parameters, field, limits, message) => {
      server.script(() => completion('Hm', { finishReason: 'length' }));
      const scored = (await pointwise({ parameters })).score(responses.slice(0, 1));
      await expect(scored).rejects.toThrow(`Its last answer (${message}): "Hm"`);
      expect(server.requests.map((request) => request[field])).toEqual(limits);
    },
  );

  test('names an item by its place among all, not within its batch', async () => {
    server.script((request) =>
      completion(within(request, 'response') === 'good and long' ? 'Hm.' : 'Score: 5'),
    );
    const scored = scoreAll(await pointwise({ attempts: 1 }), responses, { batchSize: 2 });
    await expect(scored).rejects.toThrow(/asked about item 2 \("Why is the sky blue\?"\)/);
    const resumed = scoreAll(await pointwise({ attempts: 1 }), responses, { done: [5, 5] });
    await expect(resumed).rejects.toThrow(/asked about item 2 /);
  });

  test.each([
    [
      'a refusal',
      completion([null], { refusal: 'I cannot rate that.' }),
      /Its last answer: "I cannot rate that\."/,
    ],
    ['a score outside the range', completion('Score: 12'), /Its last answer: "Score: 12"/],
    [
      'a cut-off answer',
      completion('Scor', { finishReason: 'length' }),
      /\(cut off after 256 tokens; raise maxTokens\): "Scor"/,
    ],
  ])('names the item and quotes the answer after the last attempt: %s', async (_, reply, message) => {
    server.script((request) => (within(request, 'response') === 'bad' ? reply : completion('Score: 5')));
    const judge = await pointwise({ attempts: 2, maxTokens: 128, concurrency: 1 });
    const scored = scoreAll(judge, responses);
    await expect(scored).rejects.toThrow(message);
    await expect(scored).rejects.toThrow(
      /judge "openai:small pointwise \w{16}", asked about item 1 \("Why is the sky blue\?"\), gave no readable verdict \(attempts: 2\)/,
    );
    await expect(scored).rejects.toMatchObject({ name: 'GoldEvalError', code: 'invalid-verdict' });
    expect(server.requests).toHaveLength(3);
  });

  test('more attempts ask only what is new', async () => {
    const cache = memoryCache();
    server.script((_, index) => completion(index < 2 ? 'Hm.' : 'Score: 5'));
    await expect((await pointwise({ cache, attempts: 2 })).score(responses.slice(0, 1))).rejects.toThrow(
      /attempts: 2/,
    );
    expect(await (await pointwise({ cache, attempts: 3 })).score(responses.slice(0, 1))).toEqual([5]);
    expect(server.requests).toHaveLength(3);
  });

  test('asks nothing twice, and loses nothing to a budget', async () => {
    server.script(byLength);
    const cache = memoryCache();
    const poor = await pointwise({ cache, budget: { calls: 2 }, concurrency: 2 });
    await expect(scoreAll(poor, responses)).rejects.toMatchObject({ code: 'budget-spent' });
    const rich = await pointwise({ cache });
    expect(await scoreAll(rich, [...responses, ...responses])).toEqual([4, 3, 10, 4, 3, 10]);
    expect(rich.usage()).toMatchObject({ calls: 1, cached: 5 });
    expect(server.requests).toHaveLength(3);
  });

  test('keeps what was under way when another item fails', async () => {
    const cache = memoryCache();
    server.script((request) =>
      within(request, 'response') === 'bad' ? { status: 400, body: 'no' } : byLength(request),
    );
    await expect(scoreAll(await pointwise({ cache, concurrency: 3 }), responses)).rejects.toThrow(
      /status 400: "no"/,
    );
    server.script(byLength);
    await scoreAll(await pointwise({ cache }), responses);
    expect(server.requests).toHaveLength(1);
  });

  test('passes the verification of scorers, and stops with the signal', async () => {
    server.script(byLength);
    expect((await verifyScorer(await pointwise(), responses)).rewards).toEqual([4, 3, 10]);
    const controller = new AbortController();
    server.script(() => {
      setImmediate(() => controller.abort(new Error('enough')));
      return { body: '{', end: 'hang' };
    });
    await expect(scoreAll(await pointwise(), responses, { signal: controller.signal })).rejects.toThrow(
      'enough',
    );
  });

  test('is named by all that decides its scores, and by nothing else', async () => {
    const names = await Promise.all(
      [
        {},
        { concurrency: 1, attempts: 9, retries: 1, budget: { calls: 5 }, apiKey: 'sk-1', temperature: 0 },
        { model: 'large' },
        { temperature: 0.5 },
        { maxTokens: 5 },
        { system: 'Be kind.' },
        { template: '{{prompt}}{{response}}' },
        { range: [0, 5] as const },
        { parameters: { top_p: 0.1 } },
      ].map(async (options) => (await pointwise(options)).name),
    );
    expect(names[1]).toBe(names[0]);
    expect(new Set(names.slice(1)).size).toBe(8);
    expect((await pairwise()).name).toMatch(/^openai:small pairwise [0-9a-f]{16}$/);
  });

  test.each([
    [{ range: [10, 1] as const }, /range must rise from a worst to a best score, got 10, 1/],
    [{ template: 'Rate it.' }, /template lacks {{prompt}}/],
    [{ mode: 'listwise' as 'pointwise' }, /mode must be pointwise or pairwise, got listwise/],
    [{ baseUrl: 'nowhere' }, /base URL must be/],
  ])('refuses %o', async (options, message) => {
    await expect(pointwise(options)).rejects.toThrow(message);
    await expect(pointwise(options)).rejects.toMatchObject({ code: 'invalid-option', exit: 'usage' });
  });

  test('refuses no attempts', async () => {
    await expect((await pointwise({ attempts: 0 })).score(responses)).rejects.toThrow(
      /attempts must be an integer ≥ 1/,
    );
  });
});

describe('a pairwise judge', () => {
  const pair = (a: string, b: string) => ({ prompt: 'p', a, b });
  const shown = (request: ChatRequest) =>
    [within(request, 'response-a'), within(request, 'response-b')] as const;
  const longer = (request: ChatRequest) => {
    const [a, b] = shown(request).map(({ length }) => length) as [number, number];
    return completion(`Verdict: ${a > b ? 'A' : a < b ? 'B' : 'tie'}`);
  };

  test('asks in both orders, and not at all about equal responses', async () => {
    server.script(longer);
    const judge = await pairwise();
    const verdicts = await compareAll(judge, [
      pair('long', 'x'),
      pair('x', 'long'),
      pair('ab', 'cd'),
      pair('x', 'x'),
    ]);
    expect(verdicts).toEqual([
      { outcome: 1, aFirst: 1, bFirst: 1 },
      { outcome: 0, aFirst: 0, bFirst: 0 },
      { outcome: 0.5, aFirst: 0.5, bFirst: 0.5 },
      { outcome: 0.5, aFirst: 0.5, bFirst: 0.5 },
    ]);
    // The first two pairs are the same two questions.
    expect(server.requests.map((request) => shown(request).join(' ')).sort()).toEqual([
      'ab cd',
      'cd ab',
      'long x',
      'x long',
    ]);
    expect(positionBias(verdicts).rate).toBe(0);
  });

  test.each([
    ['A', 'A', 'tie', 0.5],
    ['A', 'A', 'lean', 0.5],
    ['A', 'tie', 'tie', 0.5],
    ['A', 'tie', 'lean', 1],
    ['tie', 'A', 'lean', 0],
    ['tie', 'B', 'lean', 1],
    ['A', 'B', 'tie', 1],
    ['B', 'A', 'lean', 0],
  ] as const)(
    'verdicts %s and %s make, with disagreement %s, %d',
    async (first, second, disagreement, outcome) => {
      server.script((request) => completion(`Verdict: ${shown(request)[0] === 'x' ? first : second}`));
      const [verdict] = await (await pairwise({ disagreement })).compare([pair('x', 'y')]);
      expect(verdict!.outcome).toBe(outcome);
    },
  );

  test('tells how often the order decided', async () => {
    server.script(() => completion('Verdict: A'));
    const verdicts = await (await pairwise()).compare([pair('x', 'y'), pair('v', 'w')]);
    expect(positionBias(verdicts)).toMatchObject({ rate: 1, favorFirst: 2 });
  });

  test('may have to choose', async () => {
    server.script((_, index) => completion(index === 0 ? 'Verdict: tie' : 'Verdict: A'));
    const judge = await pairwise({ ties: false, concurrency: 1 });
    expect((await judge.compare([pair('x', 'y')]))[0]).toMatchObject({ aFirst: 1, bFirst: 0 });
    expect(server.requests).toHaveLength(3);
  });

  test('names the pair that it cannot read', async () => {
    server.script(() => completion('Both have merits.'));
    const compared = (await pairwise({ attempts: 1 })).compare([
      { ...pair('x', 'y'), prompt: 'p'.repeat(99) },
    ]);
    await expect(compared).rejects.toThrow(
      /asked about pair 0 \("p{60}…"\), gave no readable verdict \(attempts: 1\)/,
    );
    await expect(compared).rejects.toMatchObject({ code: 'invalid-verdict' });
  });

  test('names a pair by its place among all, not within its batch', async () => {
    server.script((request) => completion(shown(request).includes('odd') ? 'Hm.' : 'Verdict: A'));
    const pairs = [pair('a', 'b'), pair('c', 'd'), pair('odd', 'e')];
    const compared = compareAll(await pairwise({ attempts: 1 }), pairs, { batchSize: 2 });
    await expect(compared).rejects.toThrow(/asked about pair 2 \("p"\)/);
  });

  test('passes the verification of judges without asking twice, and stops with the signal', async () => {
    server.script(longer);
    const judge = await pairwise();
    await verifyPairwiseJudge(judge, [pair('long', 'x'), pair('ab', 'c')]);
    expect(judge.usage()).toMatchObject({ calls: 4, cached: 4 });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(judge.compare([pair('new', 'y')], { signal })).rejects.toThrow('enough');
  });

  test('refuses an unknown way to settle disagreement', async () => {
    const odd = pairwise({ disagreement: 'average' as 'tie' });
    await expect(odd).rejects.toThrow(/disagreement must be tie or lean, got average/);
    const word = pairwise({ ties: 'no' as unknown as boolean });
    await expect(word).rejects.toThrow(/ties must be true or false, got "no"/);
    await expect(word).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
