import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Attempt, type ScheduleOptions, schedule, type Task } from './schedule.js';

const task = (id: string, ...needs: string[]): Task => ({ id, needs });
const never = new AbortController().signal;

/** Runs tasks that take a moment, and keeps when each began and ended. */
async function run(
  tasks: readonly Task[],
  options: Partial<ScheduleOptions<Task>> & { attempt?: (id: string) => Attempt } = {},
) {
  const events: string[] = [];
  let atWork = 0;
  let most = 0;
  const { attempt = () => 'done' as const, ...rest } = options;
  const outcome = await schedule(tasks, {
    slots: 2,
    signal: never,
    pause: 1,
    run: async ({ id }) => {
      atWork += 1;
      most = Math.max(most, atWork);
      events.push(`+${id}`);
      try {
        await setTimeout(1);
        return attempt(id);
      } finally {
        atWork -= 1;
        events.push(`-${id}`);
      }
    },
    ...rest,
  });
  return { ...outcome, events, most };
}

const before = (events: readonly string[], first: string, second: string): boolean =>
  events.indexOf(first) < events.indexOf(second);

describe('a schedule', () => {
  const diamond = [task('a'), task('b', 'a'), task('c', 'a'), task('d', 'b', 'c')];

  test('begins nothing before what it needs is done', async () => {
    const { done, events } = await run(diamond);
    expect([...done].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(before(events, '-a', '+b') && before(events, '-a', '+c')).toBe(true);
    expect(before(events, '-b', '+d') && before(events, '-c', '+d')).toBe(true);
    expect(before(events, '+c', '-b')).toBe(true);
  });

  test.each([1, 2, 3])('has no more than %i at work', async (slots) => {
    const { most } = await run(
      ['a', 'b', 'c', 'd', 'e'].map((id) => task(id)),
      { slots },
    );
    expect(most).toBe(slots);
  });

  test('loses to a failure only what needs the failed task', async () => {
    const { done, failures, events } = await run([...diamond, task('e')], {
      attempt: (id) => {
        if (id === 'b') throw new Error('b is broken');
        return 'done';
      },
    });
    expect([...done].sort()).toEqual(['a', 'c', 'e']);
    expect([...failures].map(([id, { message }]) => [id, message])).toEqual([['b', 'b is broken']]);
    expect(events).not.toContain('+d');
  });

  test('passes over what is busy elsewhere, and tries it again', async () => {
    let tries = 0;
    const { done, events } = await run([task('a'), task('b', 'a'), task('c')], {
      slots: 1,
      attempt: (id) => (id === 'a' && ++tries < 3 ? 'busy' : 'done'),
    });
    expect(tries).toBe(3);
    expect([...done]).toEqual(['c', 'a', 'b']);
    expect(before(events, '-c', '+b')).toBe(true);
  });

  test('begins nothing after the signal, and waits for what is at work', async () => {
    const controller = new AbortController();
    const { done, events } = await run(diamond, {
      signal: controller.signal,
      attempt: (id) => {
        if (id === 'b') controller.abort();
        return 'done';
      },
    });
    expect([...done].sort()).toEqual(['a', 'b', 'c']);
    expect(events).toContain('-c');
    expect(events).not.toContain('+d');
  });

  test('ends when the signal aborts while everything is busy', async () => {
    const controller = new AbortController();
    const { done } = await run([task('a')], {
      signal: controller.signal,
      pause: 60_000,
      attempt: () => {
        queueMicrotask(() => controller.abort());
        return 'busy';
      },
    });
    expect(done.size).toBe(0);
  });
});
