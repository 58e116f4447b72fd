import { DataError, isLongPrompt } from '@ais/data';
import type { DataSettings } from '../settings/text-settings.js';

export type Lengths = Pick<
  DataSettings,
  'maxPromptTokens' | 'maxResponseTokens' | 'longPrompts' | 'longResponses'
>;

/** What lengths did to some records or pairs. */
export interface LengthCounts {
  readonly truncatedPrompts: number;
  readonly truncatedResponses: number;
  /** Those whose prompt and response tokenize differently when joined. */
  readonly boundaryMerges: number;
  /** Dropped because their prompt, or a response, has too many tokens. */
  readonly longPrompts: number;
  readonly longResponses: number;
}

/** What tokenizing within lengths did to a record or a pair. */
export interface TokenFlags {
  readonly truncated: boolean;
  readonly responseTruncated: boolean;
  readonly boundaryMerged: boolean;
}

/** Tokenizes records or pairs within lengths: what is too long is shortened, dropped, or refused as settings say, and counted. */
export class CountedLengths {
  readonly #lengths: Lengths;
  readonly #counts = {
    truncatedPrompts: 0,
    truncatedResponses: 0,
    boundaryMerges: 0,
    longPrompts: 0,
    longResponses: 0,
  };
  #firstLongPrompt: DataError | undefined;

  constructor(lengths: Lengths) {
    this.#lengths = lengths;
  }

  get counts(): LengthCounts {
    return { ...this.#counts };
  }

  /**
   * What tokenizing gives; nothing for what is dropped, which is counted.
   *
   * @throws {DataError} naming the record and its line, where its prompt is too long and is not to be dropped
   */
  tokenize<T extends TokenFlags>(tokenize: () => T): T | undefined {
    try {
      const tokenized = tokenize();
      if (!tokenized.responseTruncated || this.#lengths.longResponses === 'cut') return tokenized;
      this.#counts.longResponses += 1;
    } catch (error) {
      if (!isLongPrompt(error)) throw error;
      if (this.#lengths.longPrompts === 'error') throw withFlags(error);
      this.#counts.longPrompts += 1;
      this.#firstLongPrompt ??= error;
    }
    return undefined;
  }

  /** Counts what was done to something that is used. */
  use({ truncated, responseTruncated, boundaryMerged }: TokenFlags): void {
    this.#counts.truncatedPrompts += Number(truncated);
    this.#counts.truncatedResponses += Number(responseTruncated);
    this.#counts.boundaryMerges += Number(boundaryMerged);
  }

  remarks(what: 'record' | 'pair'): string[] {
    const remarks = lengthRemarks(this.#counts, this.#lengths, what);
    const first = this.#firstLongPrompt?.detail;
    return first === undefined ? remarks : [...remarks, `The first that was dropped: ${first}`];
  }
}

/** The error with the flags of the settings that it names. */
function withFlags(error: DataError): DataError {
  const message = error.detail
    .replace('Raise maxPromptTokens', 'Raise data.maxPromptTokens (--max-prompt-tokens)')
    .replace('(longPrompts: drop)', '(--long-prompts drop)');
  return new DataError(error.code, message, { cause: error, place: error.place });
}

/** What was shortened or dropped, in words, each with the setting responsible. */
export function lengthRemarks(
  counts: LengthCounts,
  { maxPromptTokens, maxResponseTokens }: Pick<Lengths, 'maxPromptTokens' | 'maxResponseTokens'>,
  what: 'record' | 'pair' = 'record',
): string[] {
  const long = {
    prompt: `longer than data.maxPromptTokens (${maxPromptTokens})`,
    response: `longer than data.maxResponseTokens (${maxResponseTokens})`,
  };
  return countedRemarks(
    [
      [counts.truncatedPrompts, `with a prompt that was shortened: ${long.prompt}`],
      [
        counts.longPrompts,
        `dropped, whose prompt is ${long.prompt} and cannot be shortened (data.longPrompts)`,
      ],
      [counts.truncatedResponses, `with a response that was cut: ${long.response} (data.longResponses)`],
      [counts.longResponses, `dropped, whose response is ${long.response} (data.longResponses)`],
      [
        counts.boundaryMerges,
        'whose prompt and response would tokenize differently as one text; they are tokenized apart',
      ],
    ],
    what,
  );
}

/** What was left out while reading, by the reason. */
export function leftOutRemarks(
  leftOut: Readonly<Record<string, number>>,
  what: 'record' | 'pair' = 'record',
): string[] {
  return countedRemarks(
    Object.entries(leftOut).map(([reason, count]) => [count, `left out: ${reason}`]),
    what,
  );
}

/** A sentence for each count that is not 0. */
export function countedRemarks(
  counts: readonly (readonly [count: number, remark: string])[],
  what: 'record' | 'pair' | 'row' | 'response',
): string[] {
  return counts.flatMap(([count, remark]) => (count > 0 ? [`${counted(count, what)} ${remark}.`] : []));
}

/** `1 record`, `1,024 records`. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? what : `${what}s`}`;
}
