import { readFileSync } from 'node:fs';

/** The most memory that this process ever had resident, in bytes. */
export function peakMemoryBytes(): number {
  // Linux counts ru_maxrss over what the process was before exec too; VmHWM starts over.
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (peak) return Number(peak[1]) * 1024;
  } catch {}
  return process.resourceUsage().maxRSS * 1024;
}
