import { join } from 'node:path';
import { Command } from 'commander';
import { collect, wholeNumber } from '../option-values.js';
import { queueOption, redisOption } from '../redis-options.js';
import { onTerminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

interface WorkerFlags {
  readonly redis?: string;
  readonly queue?: string;
  readonly store: string;
  readonly processes: number;
  readonly allow?: readonly string[];
}

/** `ais worker`: runs the stages of studies that others gave to a queue. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Run stages of studies from a queue on Redis, until it is told to stop.')
    .addOption(redisOption('the Redis server to take jobs from'))
    .addOption(queueOption())
    .option(
      '--store <folder>',
      'where stages are kept, shared with whoever runs the study',
      join('runs', 'study-store'),
    )
    .option('--processes <number>', 'stages at work at once, each in a process of its own', wholeNumber, 1)
    .option(
      '--allow <name>',
      'code, a server, or a file outside the working directory that jobs may name',
      collect,
    )
    .action(async ({ redis, queue, store, processes, allow }: WorkerFlags) => {
      if (redis === undefined)
        throw new UsageError('Give the Redis server: --redis redis://:password@host:port.');
      if (processes < 1) throw new UsageError('--processes must be at least 1, got 0.');
      const { runStudyWorker } = await import('@ais/studies');
      await onTerminal(({ reporter, signal }) =>
        runStudyWorker({
          ...{ url: redis, store, processes, signal },
          ...(queue !== undefined && { queue }),
          ...(allow && { allow }),
          onEvent: (message) => reporter.line(message),
        }),
      );
    });
}
