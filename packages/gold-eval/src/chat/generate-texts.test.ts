import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completion, type OpenAiServer, openAiServer } from '../../test/openai-server.js';
import { pointwiseJudge } from '../judges/pointwise-judge.js';
import { generateTexts } from './generate-texts.js';
import { openAiChat } from './openai-chat.js';

let server: OpenAiServer;
beforeAll(async () => {
  server = await openAiServer();
});
afterAll(() => server.close());

describe('generateTexts', () => {
  test('answers each prompt as often as asked, in order, and says what was cut off', async () => {
    server.script(({ messages, n }) => {
      const prompt = messages.at(-1)!.content;
      const texts = Array.from({ length: Number(n ?? 1) }, (_, index) => `${prompt}${index}`);
      return completion(texts, { finishReason: prompt === 'b' ? 'length' : 'stop' });
    });
    const progress: [number, number][] = [];
    const texts = await generateTexts(openAiChat({ model: 'small', baseUrl: server.baseUrl }), ['a', 'b'], {
      samples: 2,
      maxTokens: 53,
      seed: 4,
      system: 'Be brief.',
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(texts).toEqual([
      [
        { text: 'a0', finishReason: 'stop' },
        { text: 'a1', finishReason: 'stop' },
      ],
      [
        { text: 'b0', finishReason: 'length' },
        { text: 'b1', finishReason: 'length' },
      ],
    ]);
    expect(progress).toEqual([
      [1, 2],
      [2, 2],
    ]);
    // Both are under way at once, and either may arrive first.
    const asked = (content: string) => ({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content },
      ],
      n: 2,
      temperature: 1,
      max_tokens: 53,
      seed: 4,
    });
    expect(server.requests).toHaveLength(2);
    for (const content of ['a', 'b'])
      expect(server.requests).toContainEqual(expect.objectContaining(asked(content)));
  });

  test('sends no system message and no seed on its own, and stops with the signal', async () => {
    server.script(() => completion('Hi!'));
    const chat = openAiChat({ model: 'small', baseUrl: server.baseUrl });
    await generateTexts(chat, ['a'], { maxTokens: 5, temperature: 0 });
    expect(server.requests).toEqual([
      { model: 'small', messages: [{ role: 'user', content: 'a' }], temperature: 0, max_tokens: 5 },
    ]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(generateTexts(chat, ['b'], { maxTokens: 5, signal })).rejects.toThrow('enough');
  });
});

test.each([Number.NaN, 0.5, 0, -1])('asks for no %s answers or tokens', async (value) => {
  const chat = openAiChat({ model: 'small', baseUrl: server.baseUrl });
  const parrot = { ...chat, complete: expect.fail };
  for (const name of ['samples', 'maxTokens'] as const) {
    await expect(generateTexts(parrot, ['a'], { maxTokens: 4, [name]: value })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(`${name} must be an integer ≥ 1, got ${value}.`),
    });
  }
  await expect(chat.complete([], { maxTokens: value })).rejects.toThrow(/maxTokens must be an integer ≥ 1/);
  const judge = await pointwiseJudge(parrot, { maxTokens: value });
  await expect(judge.score([{ prompt: 'a', response: 'b' }])).rejects.toThrow(
    /maxTokens must be an integer ≥ 1/,
  );
});

test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])(
  'samples at no temperature of %s',
  async (temperature) => {
    const chat = openAiChat({ model: 'small', baseUrl: server.baseUrl });
    await expect(chat.complete([], { temperature })).rejects.toMatchObject({ code: 'invalid-option' });
  },
);
