import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`Expected a whole number, got "${text}".`);
  }
  return value;
}

/** A whole number of at least 1. */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError(`Expected at least 1, got ${value}.`);
  return value;
}

function realNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError(`Expected a number, got "${text}".`);
  }
  return value;
}

/** How many seeds, or several numbers of them to judge claims at; or which ones. */
export interface SeedNumbers {
  readonly counts?: readonly number[];
  readonly only?: readonly number[];
}

const MOST_SEEDS = 10_000;

/** `3`, `6,12,24`, or with a dash the seeds themselves: `4-6`, `1-2,5`. */
export function seedNumbers(text: string): SeedNumbers {
  const parts = text.split(',');
  if (!text.includes('-')) return { counts: parts.map(wholeNumber) };
  return { only: [...new Set(parts.flatMap(seedRange))].toSorted((a, b) => a - b) };
}

function seedRange(text: string): number[] {
  const [from = 0, to = from] = text.split('-', 2).map(wholeNumber);
  if (from <= to && to - from < MOST_SEEDS && text.split('-').length <= 2)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  throw new InvalidArgumentError(`Expected seeds such as 4-6, got "${text}".`);
}

/** Numbers with commas between them. */
export function realNumbers(text: string): readonly number[] {
  return text.split(',').map(realNumber);
}

/** A number of something per period of time. */
export interface Rate {
  readonly count: number;
  readonly milliseconds: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000 };

/** `10/min`, or per `s` or `h`. */
export function rate(text: string): Rate {
  const [, count = '0', unit = ''] = /^(\d{1,9})\/(s|min|h)$/.exec(text) ?? [];
  const milliseconds = UNITS[unit];
  if (milliseconds === undefined || Number(count) < 1) {
    throw new InvalidArgumentError(
      `Expected a number and a time, such as 2/s, 10/min, or 100/h, got "${text}".`,
    );
  }
  return { count: Number(count), milliseconds };
}

/** Gathers an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** A shard of long work: `2/4`. */
export function shardOf(text: string): { readonly index: number; readonly count: number } {
  const [, index = 0, count = 0] = (/^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new InvalidArgumentError(`Expected a shard, such as 2/4, got "${text}".`);
}
