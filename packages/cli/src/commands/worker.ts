import { Command } from 'commander';
import { collect, positiveNumber, type Rate, rate } from '../option-values.js';
import { queueOption, redisOption } from '../redis-options.js';
import { type StoreFlags, s3EndpointOption, storeAddress, storeOption } from '../store-options.js';
import { onTerminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

interface WorkerFlags extends StoreFlags {
  readonly redis?: string;
  readonly queue?: string;
  readonly order?: string;
  readonly processes: number;
  readonly rateLimit?: Rate;
  readonly allow?: readonly string[];
}

/** `ais worker`: runs the stages of studies that others gave to a queue, or the one of an order. */
export function workerCommand(): Command {
  return new Command('worker')
    .summary('run stages of studies from a queue')
    .description(
      'Run stages of studies from a queue on Redis, until it is told to stop, or the one stage of an order that ais study --emit wrote.',
    )
    .addOption(redisOption('the Redis server to take jobs from'))
    .addOption(queueOption())
    .option(
      '--order <file>',
      'run the stage of this order and exit; running it twice, even at the same time, is safe',
    )
    .addOption(storeOption('where stages are kept, shared with the machine that runs the study'))
    .addOption(s3EndpointOption())
    .option('--processes <number>', 'stages to run at once, each in a separate process', positiveNumber, 1)
    .option(
      '--rate-limit <number/time>',
      'begin no more stages than this, such as 2/s, 10/min, or 100/h, counted over all workers of the queue that have the same limit',
      rate,
    )
    .option(
      '--allow <name>',
      'code, a server, or a file outside the working directory that jobs may name',
      collect,
    )
    .action(async ({ redis, queue, order, processes, rateLimit, allow, ...place }: WorkerFlags) => {
      if (order !== undefined)
        return runOrder(order, { store: await storeAddress(place), ...(allow && { allow }) });
      if (redis === undefined)
        throw new UsageError(
          'Give the Redis server (--redis redis://:password@host:port), or one order (--order FILE).',
        );
      const { runStudyWorker } = await import('@ais/studies');
      const store = await storeAddress(place);
      await onTerminal(({ reporter, signal }) =>
        runStudyWorker({
          url: redis,
          store,
          processes,
          signal,
          ...(queue !== undefined && { queue }),
          ...(rateLimit && { rateLimit }),
          ...(allow && { allow }),
          onEvent: (message) => reporter.line(message),
        }),
      );
    });
}

/** Runs one stage, and says on standard error how far it has come. */
async function runOrder(
  path: string,
  where: { readonly store: string; readonly allow?: readonly string[] },
): Promise<void> {
  const { runStageOrder } = await import('@ais/studies');
  await onTerminal(({ reporter, signal }) =>
    runStageOrder(path, {
      ...where,
      signal,
      progress: (progress) => reporter.report(progress),
      log: (line) => reporter.line(line),
    }),
  );
}
