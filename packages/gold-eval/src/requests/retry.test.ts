import { describe, expect, test } from 'vitest';
import { type Attempt, withRetries } from './retry.js';

const busy = (retryAfter?: number): Attempt<string> => ({
  failure: { message: 'It is busy.', transient: true, retryAfter },
});

describe('withRetries', () => {
  test('waits twice as long each time, up to the longest wait, less a random part', async () => {
    const waits: number[] = [];
    const sleep = async (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
    };
    const retried = withRetries(async () => busy(), 'request-failed', {
      retries: 4,
      longestWait: 2000,
      sleep,
    });
    await expect(retried).rejects.toThrow('@ais/gold-eval: It is busy. It failed 5 times.');
    expect(waits).toHaveLength(4);
    for (const [index, most] of [500, 1000, 2000, 2000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
      expect(waits[index]).toBeLessThanOrEqual(most);
    }
  });

  test('waits longer each time for a server that asks for no wait, and as long as one asks that asks for more', async () => {
    const waits: number[] = [];
    const sleep = async (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
    };
    const asked = [0, 0, 20_000, 0];
    const attempt = async (): Promise<Attempt<string>> =>
      waits.length < asked.length ? busy(asked[waits.length]) : { value: 'done' };
    expect(await withRetries(attempt, 'request-failed', { sleep })).toBe('done');
    expect([waits[0], waits[2]]).toEqual([0, 20_000]);
    expect(waits[1]).toBeGreaterThanOrEqual(500);
    expect(waits[3]).toBeGreaterThanOrEqual(2000);
  });

  test('aborts a wait at once, with the reason, and before the first attempt', async () => {
    const controller = new AbortController();
    let attempts = 0;
    const attempt = async (): Promise<Attempt<string>> => {
      attempts += 1;
      setImmediate(() => controller.abort(new Error('enough')));
      return busy(50_000);
    };
    const options = { longestWait: 60_000 };
    const retried = withRetries(attempt, 'request-failed', options, controller.signal);
    await expect(retried).rejects.toThrow('enough');
    await expect(withRetries(attempt, 'request-failed', options, controller.signal)).rejects.toThrow(
      'enough',
    );
    expect(attempts).toBe(1);
  });

  test('does not begin to wait if the attempt was aborted', async () => {
    const controller = new AbortController();
    const waits: number[] = [];
    const attempt = async (): Promise<Attempt<string>> => {
      controller.abort(new Error('enough'));
      return busy(50_000);
    };
    const sleep = async (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
    };
    const retried = withRetries(attempt, 'request-failed', { sleep }, controller.signal);
    await expect(retried).rejects.toThrow('enough');
    expect(waits).toEqual([]);
  });

  test('really waits', async () => {
    let attempts = 0;
    const attempt = async (): Promise<Attempt<string>> => (++attempts > 1 ? { value: 'done' } : busy(1));
    expect(await withRetries(attempt, 'request-failed', {}, new AbortController().signal)).toBe('done');
  });
});
