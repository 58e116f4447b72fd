// What Chromium's processes on this machine take, by Linux.
import { readdirSync, readFileSync } from 'node:fs';

/** The page's process, the largest renderer, and the one that computes for WebGPU. */
export function processes(): { readonly page: Process; readonly graphics: Process } {
  return { page: largest('renderer'), graphics: largest('gpu-process') };
}

/** Seconds that the page has computed, in both. */
export function computedSeconds(): number {
  const { page, graphics } = processes();
  return page.computed + graphics.computed;
}

/** A process of Chromium's: MiB now and at most so far, and seconds that it has computed. */
export interface Process {
  readonly now: number;
  readonly most: number;
  readonly computed: number;
}

function largest(type: string): Process {
  const all = readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--type=${type}`))
        return [];
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const read = (name: string): number =>
        Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024);
      const [user = 0, system = 0] =
        readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
      return [{ now: read('VmRSS'), most: read('VmHWM'), computed: (user + system) / 100 }];
    } catch {
      // It has ended.
      return [];
    }
  });
  return all.reduce((most, size) => (size.most > most.most ? size : most), { now: 0, most: 0, computed: 0 });
}
