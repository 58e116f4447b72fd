import { readFile } from 'node:fs/promises';
import type { TokenizedPair, Tokenizer } from '@ais/data';
import { fingerprintExamples, type ReferenceLogProbs } from '@ais/trainer';
import { ConfigurationError } from './configuration-error.js';

/** Pairs from a file, with what it says of the policy that wrote them. */
export interface PairsFile {
  readonly pairs: readonly TokenizedPair[];
  /** log μ of both responses, where every line has `chosenLogProb` and `rejectedLogProb`. */
  readonly behavior?: ReferenceLogProbs;
}

/**
 * Reads preference pairs, one JSON object a line: `prompt`, `chosen`, `rejected`, each tokens (as `ais label` writes
 * them) or text (as TRL's data sets have it); `id`, `chosenLogProb`, and `rejectedLogProb` where there are any.
 *
 * Text is tokenized part by part, and a response gets its end-of-text token.
 *
 * @throws {ConfigurationError} naming file, line, and field
 */
export async function readPairs(path: string, tokenizer: Tokenizer): Promise<PairsFile> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new ConfigurationError('pairs', path, `it cannot be read (${cause.message}). Check the path.`);
  });
  const chosen: number[] = [];
  const rejected: number[] = [];
  const pairs = text
    .trimEnd()
    .split('\n')
    .map((line, index): TokenizedPair => {
      const at = (field: string, problem: string): ConfigurationError =>
        new ConfigurationError('pairs', `${path}, line ${index + 1}, field "${field}"`, problem);
      const row = parseLine(line) ?? {};
      const tokens = (field: string): number[] => {
        const value = row[field];
        if (typeof value === 'string') return tokenizer.encode(value);
        if (Array.isArray(value) && value.length > 0 && value.every((token) => isToken(token, tokenizer)))
          return value as number[];
        throw at(
          field,
          `text, or tokens below ${tokenizer.vocabularySize}, are due. Repair or remove the line.`,
        );
      };
      const response = (field: string): number[] => {
        const found = tokens(field);
        const ends = found.at(-1) === tokenizer.endOfTextToken;
        return typeof row[field] === 'string' && !ends ? [...found, tokenizer.endOfTextToken] : found;
      };
      if (typeof row['chosenLogProb'] === 'number' && typeof row['rejectedLogProb'] === 'number') {
        chosen.push(row['chosenLogProb']);
        rejected.push(row['rejectedLogProb']);
      }
      return {
        id: String(row['id'] ?? index + 1),
        prompt: tokens('prompt'),
        chosen: response('chosen'),
        rejected: response('rejected'),
      };
    });
  return {
    pairs,
    ...(chosen.length === pairs.length && {
      behavior: {
        chosen: Float32Array.from(chosen),
        rejected: Float32Array.from(rejected),
        fingerprint: { model: 'as the data say', data: fingerprintExamples(pairs) },
      },
    }),
  };
}

function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function isToken(value: unknown, { vocabularySize }: Tokenizer): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < vocabularySize;
}
