import type { ResultHeader } from '../measurement/context.js';
import type { Spread } from '../measurement/spread.js';

/** A table; the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

/** `1.23 (1.20–1.31)`: the median, and the extremes of all repetitions. */
export function withRange({ median, minimum, maximum }: Spread, scale = 1): string {
  return `${digits(median * scale)} (${digits(minimum * scale)}–${digits(maximum * scale)})`;
}

/** Three significant digits, thousands in groups. */
export function digits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return `${value}`;
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en', { maximumSignificantDigits: 3 });
}

export const gigabytes = (bytes: number): string => digits(bytes / 1e9);

export const percent = (share: number, fraction = 0): string => `${(100 * share).toFixed(fraction)} %`;

/** `6.1×` */
export const times = (ratio: number): string => `${ratio.toPrecision(2)}×`;

/** On what, when, and with which versions. */
export function conditions({ date, machine, threads, load, versions }: ResultHeader): string {
  const libraries = Object.entries(versions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  return (
    `${date.slice(0, 10)}, ${machine.processor}, ${machine.cores} cores, ` +
    `${digits(machine.memoryBytes / 2 ** 30)} GiB, ${machine.platform}; ` +
    `${threads} ${threads === 1 ? 'thread' : 'threads'} a side${load === undefined ? '' : `, load ${load.toFixed(1)} at the end`}. ${libraries}.`
  );
}
