import { readFileSync } from 'node:fs';
import { afterAll } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Processor seconds of a test file, with what it started. */
    processorSeconds?: number;
  }
}

/** Processor seconds of this process, and of the processes that it started and that have ended (on Linux). */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + children();
}

function children(): number {
  if (process.platform !== 'linux') return 0;
  // Behind the command's name in parentheses; in ticks of 10 ms: `man 5 proc_pid_stat`.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const begin = processorSeconds();
// biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern here.
afterAll(({}, suite) => {
  suite.file.meta.processorSeconds = processorSeconds() - begin;
});
