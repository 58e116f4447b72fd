import type { QueueResult } from '../benchmarks/queue.js';
import type { PlanningAnswer } from '../sides/planning-side.js';
import { conditions, digits, gigabytes, percent, table } from './markdown.js';

export function renderQueue(result: QueueResult): string {
  const { settings, jobsPerSecond, drainSeconds, overhead, overheadSeconds, plans } = result;
  const { jobs, workers, slots, longJobs, longSeconds, stages } = settings;
  const row = (title: string, { seconds, processorSeconds, peakMemoryBytes }: PlanningAnswer): string[] => [
    title,
    digits(seconds),
    digits(processorSeconds),
    gigabytes(peakMemoryBytes),
  ];
  return [
    '## Queue',
    '',
    'What a queue on Redis adds (`@ais/workflow/bullmq`; Redis on the same machine with its log on, and a store in a ' +
      'folder), and how large plans are built.',
    '',
    `A job of ${digits(longSeconds)} s takes ${digits(overheadSeconds)} s more than its own time, ${percent(overhead, 2)}: from its place on the queue ` +
      'through a process of its own to a result in the store that the study has heard of. ' +
      `${longJobs} of them, one after another on one worker, which waits without computing.`,
    '',
    `${digits(jobs)} jobs that have nothing to do, because their stages are finished, leave the queue in ${digits(drainSeconds)} s, ` +
      `${digits(jobsPerSecond)} a second: ${workers} worker processes with ${slots} jobs at once each, whose start is counted. Each job is checked ` +
      'against the schema and looked up in the store.',
    '',
    `A plan of ${digits(stages)} stages, in a process of its own, with keys, order, and what an executor is given:`,
    '',
    table(
      ['', 'seconds', 'CPU seconds', 'peak memory, GB'],
      [
        row('runs of many seeds on pairs, a judge, and a policy that they share', plans.study),
        row('a chain, each on the one before', plans.chain),
      ],
    ),
    '',
    conditions(result),
  ].join('\n');
}
