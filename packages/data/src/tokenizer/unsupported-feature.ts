import type { PartJson } from './tokenizer-json.js';

/** Something that a `tokenizer.json` asks for and the JavaScript engine does not do exactly as the Rust library. */
export class UnsupportedFeature extends Error {
  override readonly name = 'UnsupportedFeature';
  /** What a sentence calls it: "the normalizer Lowercase". */
  readonly feature: string;

  constructor(feature: string) {
    super(`${feature} is not supported`);
    this.feature = feature;
  }
}

/**
 * Takes a part's options by name; anything else that is switched on is a feature that is unknown here.
 *
 * @throws {UnsupportedFeature} for another option
 */
export function allowOnly(
  what: string,
  part: Readonly<Record<string, unknown>>,
  options: readonly string[],
): void {
  for (const [option, value] of Object.entries(part)) {
    const isOff = value === null || value === false || value === undefined || value === '';
    if (!isOff && option !== 'type' && !options.includes(option)) {
      throw new UnsupportedFeature(`${what} with the option ${option}`);
    }
  }
}

/**
 * The steps of a part that is a sequence.
 *
 * @throws {UnsupportedFeature} if it has none
 */
export function stepsOf(what: string, part: PartJson, option: string): readonly PartJson[] {
  const steps = part[option];
  const isPart = (step: unknown): boolean =>
    typeof step === 'object' && step !== null && typeof (step as { type?: unknown }).type === 'string';
  if (Array.isArray(steps) && steps.every(isPart)) return steps;
  throw new UnsupportedFeature(`${what} without ${option}`);
}

/**
 * An option that is a text.
 *
 * @throws {UnsupportedFeature} if it is not
 */
export function textOf(what: string, part: PartJson, option: string): string {
  const text = part[option];
  if (typeof text === 'string') return text;
  throw new UnsupportedFeature(`${what} without ${option}`);
}
