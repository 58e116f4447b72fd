import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { downloadProgress, formatDuration, progressReporter } from './progress.js';

function terminal(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120, cursorTo() {}, clearLine() {} });
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('without a terminal', () => {
  test('prints one plain line for each tenth of a task', () => {
    const { stream, text } = terminal(false);
    const reporter = progressReporter(stream);
    for (let step = 0; step <= 100; step += 1) {
      reporter.report({ task: 'SFT', completed: step, total: 100, detail: 'loss 1.5' });
    }
    reporter.stop();
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('SFT: 0/100, loss 1.5');
    expect(lines[5]).toMatch(/^SFT: 50\/100, \d+ s left, loss 1\.5$/);
    expect(lines.at(-1)).toBe('SFT: 100/100, loss 1.5');
  });

  test('keeps tasks that run side by side apart, and writes no control characters', () => {
    const { stream, text } = terminal(false);
    const reporter = progressReporter(stream);
    for (const task of ['DPO', 'AIS-DPO', 'DPO', 'AIS-DPO']) {
      reporter.report({ task, completed: task === 'DPO' ? 1 : 2, total: 10 });
    }
    reporter.line('a line');
    expect(text()).toBe('DPO: 1/10\nAIS-DPO: 2/10\na line\n');
  });

  test('breaks a silence of five minutes within a tenth', () => {
    vi.useFakeTimers();
    const { stream, text } = terminal(false);
    const reporter = progressReporter(stream);
    for (let minute = 0; minute <= 12; minute += 1) {
      reporter.report({ task: 'SFT', completed: minute, total: 1000 });
      vi.advanceTimersByTime(60_000);
    }
    expect(text()).toBe('SFT: 0/1000\nSFT: 5/1000, 16 h 35 min left\nSFT: 10/1000, 16 h 30 min left\n');
  });

  test('a task that is done again and again has its tenths once, and the time of each counts from its start', () => {
    vi.useFakeTimers();
    const { stream, text } = terminal(false);
    const reporter = progressReporter(stream);
    const evaluate = (seconds: number): void => {
      for (let completed = 0; completed <= 4; completed += 1) {
        reporter.report({ task: 'evaluation', completed, total: 4 });
        vi.advanceTimersByTime(1000 * seconds);
      }
    };
    evaluate(1);
    evaluate(1);
    expect(text().split('evaluation: 0/4')).toHaveLength(2);
    expect(text().trimEnd().split('\n')).toHaveLength(5);
    const before = text().length;
    evaluate(200);
    expect(text().slice(before)).toBe('evaluation: 2/4, 6 min 40 s left\nevaluation: 4/4\n');
  });
});

test('on a terminal, draws a bar with the task, its share and its live figure', () => {
  const { stream, text } = terminal(true);
  const reporter = progressReporter(stream);
  reporter.report({ task: 'SFT', completed: 30, total: 100, detail: 'loss 1.5' });
  reporter.stop();
  expect(text()).toContain('SFT');
  expect(text()).toContain('30%');
  expect(text()).toContain('loss 1.5');
});

test('a download is in megabytes, and a task that counts no bytes is one line', () => {
  const { stream, text } = terminal(false);
  const report = downloadProgress(progressReporter(stream));
  for (const completed of [undefined, 1_400_000, 2_600_000]) {
    report({ task: 'Downloading', total: 2_600_000, ...(completed !== undefined && { completed }) });
  }
  for (const task of ['Converting', 'Converting', 'Checking', 'Converting']) report({ task });
  const lines = text()
    .replace(/, \d+ s left/, '')
    .split('\n');
  expect(lines).toEqual([
    ...['Downloading: 0/3, MB', 'Downloading: 1/3, MB', 'Downloading: 3/3, MB'],
    ...['Converting', 'Checking', 'Converting', ''],
  ]);
});

describe('on a terminal, the time left', () => {
  const lastBar = (text: string): string => text.slice(text.lastIndexOf('DPO'));

  test('is not that of reports between which nothing was done', () => {
    vi.useFakeTimers();
    const { stream, text } = terminal(true);
    const reporter = progressReporter(stream);
    const report = (completed: number, detail: string): void => {
      reporter.report({ task: 'DPO', completed, total: 100, detail });
      vi.advanceTimersByTime(1000);
    };
    for (let step = 1; step <= 50; step += 1) report(step, 'loss 0.5');
    for (let done = 1; done <= 60; done += 1) report(50, `evaluating, ${done}/60`);
    expect(lastBar(text())).toContain('50s left | evaluating, 60/60');
    reporter.stop();
  });

  test('of a task that starts over counts from there', () => {
    vi.useFakeTimers();
    const { stream, text } = terminal(true);
    const reporter = progressReporter(stream);
    for (const completed of [0, 10, 0, 1, 2]) {
      reporter.report({ task: 'DPO', completed, total: 10 });
      vi.advanceTimersByTime(1000);
    }
    expect(lastBar(text())).toContain('2/10 | 8s left');
    reporter.stop();
  });
});

test.each([
  [true, ['DPO']],
  [false, ['SFT', 'DPO']],
])('on a terminal, with removeFinished %s, what is left on the screen in the end', (removeFinished, left) => {
  const { stream, text } = terminal(true);
  const reporter = progressReporter(stream, { removeFinished });
  reporter.report({ task: 'SFT', completed: 1, total: 2 });
  reporter.report({ task: 'SFT', completed: 2, total: 2 });
  const before = text().length;
  reporter.report({ task: 'DPO', completed: 1, total: 2 });
  reporter.stop();
  const drawn = text().slice(before);
  expect(['SFT', 'DPO'].filter((task) => drawn.includes(task))).toEqual(left);
});

test.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [95_000, '1 min 35 s'],
  [3_599_000, '59 min 59 s'],
  [7_530_000, '2 h 5 min'],
])('%i ms is %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
