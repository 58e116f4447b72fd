import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completion, type OpenAiServer, openAiServer } from '../../test/openai-server.js';
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
