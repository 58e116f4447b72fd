import type { StageProgress } from '../stage-kind.js';
import type { ErrorReport } from '../worker-messages.js';

/** What a worker says of a job, in BullMQ's progress. */
export interface JobReport {
  readonly progress?: StageProgress;
  /** A line of the stage's log. */
  readonly line?: string;
  /** Why it waits, though its turn has come. */
  readonly warning?: string;
  /** How the last attempt failed. */
  readonly failure?: ErrorReport;
  /** Seconds since the attempt began, by the worker's clock: those of machines differ. */
  readonly seconds?: number;
}

/** How long an attempt has been at work: as its worker said last, or else by the dates of two machines, of which one may be ahead. */
export function secondsAtWork(
  { seconds }: JobReport,
  begun: number | undefined,
  now: number = Date.now(),
): number {
  return seconds ?? Math.max(0, now - (begun ?? now)) / 1000;
}

/** The queue, where no other is named. */
export const DEFAULT_QUEUE = 'ais';

/** Where those who gave jobs ask for them to be stopped: messages are ids of jobs. */
export function stopChannel(queue: string): string {
  return `ais:${queue}:stop`;
}

/** BullMQ's priority, of which 1 is the most urgent, for one of which larger numbers are. */
export function queuePriority(priority = 0): number {
  const middle = 2 ** 20;
  return Math.min(Math.max(Math.round(middle - priority), 1), 2 * middle - 1);
}
