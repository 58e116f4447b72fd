import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`Expected a whole number, got "${text}".`);
  }
  return value;
}

function realNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError(`Expected a number, got "${text}".`);
  }
  return value;
}

/** Whole numbers with commas between them. */
export function wholeNumbers(text: string): readonly number[] {
  return text.split(',').map(wholeNumber);
}

/** Numbers with commas between them. */
export function realNumbers(text: string): readonly number[] {
  return text.split(',').map(realNumber);
}

/** Gathers an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
