import { availableParallelism } from 'node:os';

/** Environment that gives each of several processes its share of the cores; what the user has set stays. */
export function threadShare(
  processes: number,
  environment: NodeJS.ProcessEnv = process.env,
  cores: number = availableParallelism(),
): NodeJS.ProcessEnv {
  const threads = String(Math.max(1, Math.floor(cores / processes)));
  return {
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: threads,
    AIS_THREADS: threads,
    ...environment,
  };
}
