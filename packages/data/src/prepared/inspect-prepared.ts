import { LONGEST_TEXT, readText } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { requireMost } from '../records/require-option.js';
import type { TokenizedComparison } from '../tokenize/tokenize-comparison.js';
import type { TokenizedRecord } from '../tokenize/tokenize-record.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { openPreparedDataset } from './prepared-dataset.js';
import { DROPPED, type DroppedRecord, type PreparedManifest } from './prepared-manifest.js';

/** A look at a set: what `describeInspection` and `renderInspectionPage` show. */
export interface DataInspection {
  /** `raw`: what preparation would make of a source. */
  readonly stage: 'prepared' | 'raw';
  /** The folder of a prepared set, the name of a raw one. */
  readonly directory: string;
  readonly manifest: PreparedManifest;
  readonly examples: readonly InspectedExample[];
  /** The first records that were dropped. */
  readonly dropped: readonly DroppedRecord[];
}

/** An example as the model meets it. */
export interface InspectedExample {
  readonly split: string;
  readonly id: string;
  readonly truncated: boolean;
  readonly responseTruncated: boolean;
  readonly boundaryMerged: boolean;
  /** The prompt, then the response or both responses. */
  readonly parts: readonly InspectedPart[];
}

/** One part of an example, token by token. */
export interface InspectedPart {
  readonly name: 'prompt' | 'response' | 'chosen' | 'rejected';
  /** Whether its tokens are in the loss. */
  readonly trained: boolean;
  /** The text of each token; a part of a character is `�`. */
  readonly tokens: readonly string[];
}

/**
 * Looks at a folder that `prepareDataset` wrote: the first examples of each split, those that were cut or that merge at
 * the boundary before others, and the first records that were dropped.
 *
 * @param directory the folder
 * @param options how many examples of each split, and how many dropped records
 * @returns what there is to see
 * @throws {DataError} as `openPreparedDataset`; `invalid-option` for a number that is not an integer, or below 0
 * @example
 * const inspection = await inspectPrepared('prepared/synthetic', { examples: 2 });
 * const page = renderInspectionPage(inspection);
 */
export async function inspectPrepared(
  directory: string,
  { examples = 3, dropped = 50 }: { examples?: number; dropped?: number } = {},
): Promise<DataInspection> {
  requireShown({ examples, dropped });
  const dataset = await openPreparedDataset(directory);
  const tokenizer = await dataset.tokenizer();
  const shown: InspectedExample[] = [];
  for (const split of Object.keys(dataset.manifest.splits)) {
    const usual: Example[] = [];
    const special: Example[] = [];
    for await (const { example } of dataset.split(split).rows()) {
      const isSpecial = example.truncated || example.responseTruncated || example.boundaryMerged;
      const chosen = isSpecial ? special : usual;
      if (chosen.length < examples) chosen.push(example);
      if (usual.length + special.length === 2 * examples) break;
    }
    // One in the ordinary way at least, so that the unusual ones can be compared.
    const unusual = special.slice(0, Math.max(0, examples - 1));
    const ordinary = usual.slice(0, examples - unusual.length);
    for (const example of [...ordinary, ...unusual]) shown.push(inspectExample(split, example, tokenizer));
  }
  return {
    stage: 'prepared',
    directory,
    manifest: dataset.manifest,
    examples: shown,
    dropped: await readDropped(directory, dropped),
  };
}

/**
 * Checks how much is to be shown.
 *
 * @throws {DataError} `invalid-option`
 */
export function requireShown(numbers: Readonly<Record<'examples' | 'dropped', number>>): void {
  for (const [name, value] of Object.entries(numbers)) requireMost(name, value);
}

type Example = TokenizedRecord | TokenizedComparison;

function inspectExample(split: string, example: Example, tokenizer: Tokenizer): InspectedExample {
  const { id, truncated, responseTruncated, boundaryMerged } = example;
  const textOf = (token: number): string =>
    token === tokenizer.endOfTextToken
      ? tokenizer.endOfText
      : (tokenizer.specialTokens?.get(token) ?? tokenizer.decode([token]));
  const part = (name: InspectedPart['name'], tokens: readonly number[]): InspectedPart => ({
    name,
    trained: name !== 'prompt',
    tokens: tokens.map(textOf),
  });
  const responses =
    'response' in example
      ? [part('response', example.response)]
      : [part('chosen', example.chosen), part('rejected', example.rejected)];
  return {
    split,
    id,
    truncated,
    responseTruncated,
    boundaryMerged,
    parts: [part('prompt', example.prompt), ...responses],
  };
}

async function readDropped(directory: string, limit: number): Promise<DroppedRecord[]> {
  const path = `${directory}/${DROPPED}`;
  try {
    const lines = (await readText(path, LONGEST_TEXT)).split('\n').filter((line) => line !== '');
    return lines.slice(0, limit).map((line) => JSON.parse(line) as DroppedRecord);
  } catch (cause) {
    throw new DataError(
      'invalid-prepared-data',
      `${path} cannot be read: ${(cause as Error).message}. Prepare the data again: ais data build.`,
      { cause, place: { file: path } },
    );
  }
}
