import type { WriteStream } from 'node:tty';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { printable } from './printable.js';
import { rememberProgress } from './unsettled-exit.js';

/** How far a piece of long work has come. */
export interface Progress {
  /** The name of the work, the same from its first to its last report; one that reports less than before starts over. */
  readonly task: string;
  readonly completed: number;
  readonly total: number;
  /** Text to show beside the bar: a live loss, a win rate. */
  readonly detail?: string;
}

export interface ProgressReporter {
  report(progress: Progress): void;
  /** Prints a line without disturbing the bars. */
  line(text: string): void;
  stop(): void;
}

export interface ProgressOptions {
  /** Whether the bar of a finished task goes: where there are more tasks than a screen has lines. */
  readonly removeFinished?: boolean;
}

/** Bars with the remaining time on a terminal, plain lines without one. Everything goes to standard error. */
export function progressReporter(
  stream: WriteStream | NodeJS.WriteStream = process.stderr,
  options: ProgressOptions = {},
): ProgressReporter {
  const { report, line, stop } = stream.isTTY ? bars(stream, options) : lines(stream);
  // Names of files, metrics, and warnings may come from untrusted files.
  return {
    report: ({ task, detail, ...progress }) => {
      rememberProgress({ task, ...progress });
      report({
        task: printable(task),
        ...progress,
        ...(detail !== undefined && { detail: printable(detail) }),
      });
    },
    line: (text) => line(printable(text)),
    stop,
  };
}

/** How far a download has come, in bytes; one without a total is a task that does not count them. */
interface DownloadProgress {
  readonly task: string;
  readonly completed?: number;
  readonly total?: number;
}

/** Reports the progress of a download: bars in megabytes, and one line per task without a total. */
export function downloadProgress(reporter: ProgressReporter): (progress: DownloadProgress) => void {
  let current = '';
  return ({ task, completed = 0, total }) => {
    if (total !== undefined) {
      reporter.report({ task, completed: megabytes(completed), total: megabytes(total), detail: 'MB' });
    } else if (task !== current) reporter.line(task);
    current = task;
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function bars(stream: NodeJS.WriteStream, { removeFinished = false }: ProgressOptions): ProgressReporter {
  const multi = new MultiBar(
    {
      stream,
      format: '{task} {bar} {percentage}% | {value}/{total} | {eta_formatted} left | {detail}',
      hideCursor: true,
      clearOnComplete: false,
      stopOnComplete: false,
      forceRedraw: true,
      etaBuffer: 50,
    },
    Presets.shades_grey,
  );
  const open = new Map<string, { readonly bar: SingleBar; readonly completed: number }>();
  return {
    report({ task, completed, total, detail = '' }) {
      const payload = { task: task.padEnd(22), detail };
      const known = open.get(task);
      const bar = known?.bar ?? multi.create(total, completed, payload);
      open.set(task, { bar, completed });
      bar.setTotal(total);
      const before = known?.completed ?? completed;
      if (completed > before) bar.update(completed, payload);
      else if (completed < before) bar.start(total, completed, payload);
      // The remaining time is estimated from recent values; repeating one would make it infinite.
      else bar.update(payload);
      if (completed < total) return;
      bar.stop();
      if (removeFinished) {
        multi.remove(bar);
        open.delete(task);
      }
    },
    line(text) {
      multi.log(`${text}\n`);
      multi.update();
    },
    stop() {
      multi.stop();
    },
  };
}

/** Milliseconds without a line of a task after which its next report is one. */
const LONGEST_SILENCE = 5 * 60_000;

/**
 * One line when a task starts, then one each tenth of it, with the remaining time, and one where none came for long.
 *
 * A task that is done again and again, as the evaluations of a training are, has the lines of its tenths once.
 */
function lines(stream: NodeJS.WriteStream): ProgressReporter {
  const tasks = new Map<
    string,
    { started: number; from: number; completed: number; tenth: number; printed: number }
  >();
  return {
    report({ task, completed, total, detail }) {
      const now = performance.now();
      const tenth = total > 0 ? Math.floor((10 * completed) / total) : 10;
      const fresh = { started: now, from: completed, completed, tenth: -1, printed: now };
      const state = tasks.get(task) ?? fresh;
      tasks.set(task, state);
      if (completed < state.completed) Object.assign(state, { started: now, from: completed });
      state.completed = completed;
      if (tenth <= state.tenth && now - state.printed < LONGEST_SILENCE) return;
      Object.assign(state, { tenth: Math.max(tenth, state.tenth), printed: now });
      const done = completed - state.from;
      const left = done > 0 ? ((now - state.started) / done) * (total - completed) : undefined;
      const parts = [`${task}: ${completed}/${total}`];
      if (left !== undefined && completed < total) parts.push(`${formatDuration(left)} left`);
      if (detail) parts.push(detail);
      stream.write(`${parts.join(', ')}\n`);
    },
    line(text) {
      stream.write(`${text}\n`);
    },
    stop() {},
  };
}

/** `95_000` milliseconds as `1 min 35 s`; from an hour on, `2 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
