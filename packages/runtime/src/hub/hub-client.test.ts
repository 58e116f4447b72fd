import { afterEach, describe, expect, it, vi } from 'vitest';
import { type HubClient, hubClient } from './hub-client.js';

afterEach(() => vi.unstubAllGlobals());

const URL_OF_COMMIT = 'https://hub.test/api/models/owner/name/revision/main';
const broken = new TypeError('fetch failed', {
  cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
});
const answer =
  (status: number, headers: Record<string, string> = {}): (() => Promise<Response>) =>
  async () =>
    new Response('{}', { status, headers });

/** A client of a Hub that answers in turn, the last answer for ever, with the waits in between. */
function clientOf(...answers: (() => Promise<Response>)[]): {
  readonly client: HubClient;
  readonly waits: number[];
  readonly asked: () => number;
} {
  const waits: number[] = [];
  let asked = 0;
  vi.stubGlobal('fetch', () => (answers[Math.min(asked++, answers.length - 1)] as () => Promise<Response>)());
  const sleep = async (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
  };
  const client = hubClient('model', 'owner/name', { endpoint: 'https://hub.test' }, sleep);
  return { client, waits, asked: () => asked };
}

describe('what the Hub is asked for', () => {
  it.each([
    ['a connection that broke', () => Promise.reject(broken)],
    ['a server that is overloaded', answer(503)],
    ['a server that waited in vain', answer(408)],
    ['too many requests', answer(429)],
  ])('is asked for again after %s, with growing pauses', async (_what, failing) => {
    const { client, waits } = clientOf(failing, failing, failing, answer(200));
    expect((await client.fetch(URL_OF_COMMIT)).status).toBe(200);
    expect(waits).toEqual([200, 400, 800]);
  });

  it('is not asked for more than four times, for ever, or after a final answer', async () => {
    const { client, asked } = clientOf(answer(503));
    await expect(client.fetch(URL_OF_COMMIT)).rejects.toMatchObject({ code: 'hub-failed' });
    expect(asked()).toBe(4);
    const missing = clientOf(answer(404));
    await expect(missing.client.fetch(URL_OF_COMMIT)).rejects.toMatchObject({ code: 'hub-not-found' });
    expect(missing.asked()).toBe(1);
    const away = clientOf(() => Promise.reject(new TypeError('fetch failed')));
    await expect(away.client.fetch(URL_OF_COMMIT)).rejects.toThrow(/cannot be reached/);
    expect(away.asked()).toBe(1);
  });

  it('is asked for after the time that the Hub names, if that is not too long', async () => {
    const date = new Date(0).toUTCString();
    const later = new Date(9_000).toUTCString();
    const { client, waits } = clientOf(
      answer(429, { 'retry-after': '7' }),
      answer(429, { 'retry-after': later, date }),
      answer(429, { ratelimit: '"api";r=0;t=55' }),
      answer(200),
    );
    await client.fetch(URL_OF_COMMIT);
    expect(waits).toEqual([7_000, 9_000, 55_000]);
    const long = clientOf(answer(429, { 'retry-after': '240' }));
    await expect(long.client.fetch(URL_OF_COMMIT)).rejects.toThrow(
      /too many requests \(HTTP 429\)\. Wait 240 s, or set HF_TOKEN/,
    );
    expect(long.asked()).toBe(1);
  });

  it('is written once: what was done must not be done again', async () => {
    const { client, asked } = clientOf(answer(503));
    await expect(client.fetch(URL_OF_COMMIT, { method: 'POST' })).rejects.toThrow();
    expect(asked()).toBe(1);
  });
});
