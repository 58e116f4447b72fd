import {
  createReadReport,
  openComparisons,
  openRows,
  type ReadReport,
  readFaults,
  type TokenizedPair,
  type Tokenizer,
  tokenizeComparison,
} from '@ais/data';
import { fingerprintExamples, type ReferenceLogProbs } from '@ais/trainer';
import { ConfigurationError } from './configuration-error.js';
import type { DataSettings } from './settings.js';

/** Pairs from a file, with what it says of the policy that wrote them. */
export interface PairsFile {
  readonly pairs: readonly TokenizedPair[];
  /** log μ of both responses, if the rows have `chosenLogProb` and `rejectedLogProb`. */
  readonly behavior?: ReferenceLogProbs;
}

/**
 * Reads preference pairs: a .jsonl[.gz|.zst] or .parquet file, a folder that `ais data build` wrote, or `owner/name` of
 * a data set on the Hub.
 *
 * Rows are tokens, as `ais label` writes them: `prompt`, `chosen`, `rejected`, and `chosenLogProb`, `rejectedLogProb`
 * where there are any; these are taken as they are. Or they are text in any shape that `comparisonSource` of `@ais/data`
 * knows, TRL's among them, tokenized by its `tokenizeComparison`: a TL;DR prompt is cut by paragraph, and a response
 * ends with end-of-text.
 *
 * @param onRemark is told what had to be done to the pairs, in words
 * @throws {ConfigurationError} {DataError} naming file, row, and field
 */
export async function readPairs(
  name: string,
  tokenizer: Tokenizer,
  lengths: Lengths,
  onRemark: (remark: string) => void,
): Promise<PairsFile> {
  return (await holdsTokens(name))
    ? readTokens(name, tokenizer)
    : readTexts(name, tokenizer, lengths, onRemark);
}

type Lengths = Pick<DataSettings, 'maxPromptTokens' | 'maxResponseTokens'>;

/** Whether the first row of a file has tokens; a prepared folder and the Hub's sets have text. */
async function holdsTokens(name: string): Promise<boolean> {
  if (!/\.(jsonl(\.gz|\.zst)?|parquet)$/.test(name)) return false;
  for await (const { value, place } of openRows(name).rows(readFaults(), PAIR)) {
    if (isTokens(value['prompt'])) return true;
    if (value['chosenLogProb'] === undefined) return false;
    throw new ConfigurationError(
      'pairs',
      `${name}, line ${place.line ?? place.row}, field "chosenLogProb"`,
      'log-probabilities are those of tokens, and the responses are text. Give tokens, as ais label writes them, or leave the field out.',
    );
  }
  throw new ConfigurationError('pairs', name, 'there is no pair in it.');
}

const LOG_PROBS = ['chosenLogProb', 'rejectedLogProb'] as const;
const PAIR = ['id', 'prompt', 'chosen', 'rejected', ...LOG_PROBS];

async function readTokens(name: string, tokenizer: Tokenizer): Promise<PairsFile> {
  const pairs: TokenizedPair[] = [];
  const logProbs: number[][] = [[], []];
  let missing: { readonly line: number | undefined; readonly field: string } | undefined;
  for await (const { value, place, key } of openRows(name).rows(readFaults(), PAIR)) {
    const tokens = (field: string): number[] => {
      const found = value[field];
      if (isTokens(found) && found.every((token) => token >= 0 && token < tokenizer.vocabularySize)) {
        return found;
      }
      throw new ConfigurationError(
        'pairs',
        `${name}, line ${place.line ?? place.row}, field "${field}"`,
        `tokens below ${tokenizer.vocabularySize} are due, as in the first line. Repair or remove the line.`,
      );
    };
    pairs.push({
      id: String(value['id'] ?? key),
      prompt: tokens('prompt'),
      chosen: tokens('chosen'),
      rejected: tokens('rejected'),
    });
    for (const [index, field] of LOG_PROBS.entries()) {
      const found = value[field];
      if (typeof found === 'number' && Number.isFinite(found)) logProbs[index]?.push(found);
      else missing ??= { line: place.line ?? place.row, field };
    }
  }
  const [chosen = [], rejected = []] = logProbs;
  if (chosen.length === 0 && rejected.length === 0) return { pairs };
  if (missing) {
    throw new ConfigurationError(
      'pairs',
      `${name}, line ${missing.line}, field "${missing.field}"`,
      'expected a finite number, because other rows have one. Add it, remove the line, or leave both fields out of every line.',
    );
  }
  return {
    pairs,
    behavior: {
      chosen: Float32Array.from(chosen),
      rejected: Float32Array.from(rejected),
      fingerprint: { model: 'as the data say', data: fingerprintExamples(pairs) },
    },
  };
}

async function readTexts(
  name: string,
  tokenizer: Tokenizer,
  lengths: Lengths,
  onRemark: (remark: string) => void,
): Promise<PairsFile> {
  const report = createReadReport();
  const pairs: TokenizedPair[] = [];
  const counts = { identical: 0, truncated: 0, responseTruncated: 0, boundaryMerged: 0 };
  for await (const record of openComparisons(name).records({ report })) {
    const { truncated, responseTruncated, boundaryMerged, ...pair } = tokenizeComparison(
      record,
      tokenizer,
      lengths,
    );
    // Responses that differ may be the same once they are cut.
    if (pair.chosen.join() === pair.rejected.join()) {
      counts.identical++;
      continue;
    }
    counts.truncated += Number(truncated);
    counts.responseTruncated += Number(responseTruncated);
    counts.boundaryMerged += Number(boundaryMerged);
    pairs.push(pair);
  }
  if (pairs.length === 0) throw new ConfigurationError('pairs', name, 'there is no pair in it.');
  for (const remark of remarksOn(report, counts)) onRemark(`${name}: ${remark}.`);
  return { pairs };
}

function remarksOn(
  { leftOut }: ReadReport,
  counts: Readonly<Record<keyof typeof REMARKS, number>>,
): string[] {
  return [
    ...Object.entries(leftOut).map(([reason, count]) => `${count} left out: ${reason}`),
    ...Object.entries(REMARKS).flatMap(([name, remark]) => {
      const count = counts[name as keyof typeof REMARKS];
      return count > 0 ? [`${count} ${remark}`] : [];
    }),
  ];
}

const REMARKS = {
  identical: 'left out: responses with the same tokens',
  truncated: 'with a prompt that was cut',
  responseTruncated: 'with a response that was cut',
  boundaryMerged: 'whose prompt and response would merge as one text; trained apart',
};

function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isSafeInteger);
}
