import {
  explainFileError,
  nodeBuiltin,
  removeLeftovers,
  removeWhole,
  sha256 as sha256Of,
  takeLock,
  writeWhole,
} from '@ais/runtime/files';
import { DataError } from '../errors.js';
import type { OnError, ReadReport } from '../records/read-report.js';
import type { ComparisonRecord, Source, TextRecord } from '../records/record.js';
import { requireInteger } from '../records/require-option.js';
import { SplitAssignment } from '../records/split-records.js';
import type { LongPrompts } from '../tokenize/truncate-prompt.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { assembleParts } from './assemble-parts.js';
import { findPreparedLeaks } from './find-prepared-leaks.js';
import { partWorkers } from './part-workers.js';
import {
  MANIFEST,
  PREPARED_FORMAT_VERSION,
  type PreparationSettings,
  type PreparedManifest,
} from './prepared-manifest.js';
import { requireSettings } from './require-settings.js';
import { tokenizeParts } from './tokenize-parts.js';

/** What is prepared, and what kind of records it is. */
export type PreparedSource =
  | { readonly kind?: 'text'; readonly source: Source<TextRecord> }
  | { readonly kind: 'comparisons'; readonly source: Source<ComparisonRecord> };

/** Options of `prepareDataset`. */
export type PrepareDatasetOptions = PreparedSource & {
  readonly tokenizer: Tokenizer;
  /** A new folder, an empty one, or one in which the same preparation was interrupted. */
  readonly directory: string;
  /** Longer prompts are cut as `truncatePrompt` does; 512 by default. */
  readonly maxPromptTokens?: number;
  /** End-of-text included in the count; no limit by default. */
  readonly maxResponseTokens?: number;
  /** Longer responses are cut, which is the default, or their records dropped. */
  readonly longResponses?: 'cut' | 'drop';
  /** A record whose prompt cannot be made to fit is an error, which is the default, or it is dropped and counted. */
  readonly longPrompts?: LongPrompts;
  /**
   * Later records with the same prompt and response, up to case, white space, and Unicode's canonical form, are dropped by
   * default. The whole prompt counts: two questions about one text are two records, although splits keep them on one side.
   */
  readonly duplicates?: 'drop' | 'keep';
  /** Share of each split, as of `splitRecords`; 0.9, 0.05 and 0.05 to train, validation and test by default. */
  readonly splits?: Readonly<Record<string, number>>;
  /** Of the splits; 17 by default. */
  readonly seed?: number;
  /** What to do at a malformed row; `stop` by default. */
  readonly onError?: OnError;
  /** Stop after this many records. */
  readonly limit?: number;
  /** Threads that tokenize; 2 by default, or as many cores as there are. The result does not depend on it. */
  readonly threads?: number;
  /** Stops at the next point from which the same call resumes. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PreparationProgress) => void;
};

/** How far the preparation of a data set has come. */
export interface PreparationProgress {
  readonly step: 'tokenize' | 'write' | 'check';
  /** Records so far. */
  readonly records: number;
  /** Records of an interrupted run that were taken over. */
  readonly resumed: number;
}

const DEFAULT_SPLITS = { train: 0.9, validation: 0.05, test: 0.05 };

/**
 * Prepares a data set on disk: reads the records, tokenizes and truncates them on several threads, drops duplicates,
 * splits without leaks, and writes a folder that describes itself.
 *
 * The folder: `manifest.json` (settings, hashes, counts, length histograms, what was dropped, the leak check), an Arrow
 * file (Feather version 2) for each split with the records and their tokens, `dropped.jsonl`, and `tokenizer/`. The
 * same records, tokenizer and settings give the same bytes, whatever the number of threads, interrupted or not.
 *
 * Memory does not grow with the text: parts of 2,048 records or 8 MiB go to disk as they are tokenized; what stays are 16-byte
 * hashes of the texts. An interrupted call leaves its parts; the same call reuses those whose records are the same.
 *
 * @param options source, tokenizer, folder, limits, splits
 * @returns the manifest
 * @throws {DataError} `folder-occupied` where the folder holds something else; `invalid-option`; `no-records` for a source
 *   without any; `invalid-record` for a record that lacks what its type promises, or has the id of another; what the source
 *   throws; `empty-post` and `prompt-too-long` unless long prompts are dropped; `thread-ended` where a thread dies, say for want
 *   of memory. `FileError`: `in-use`, `disk-full`, `not-writable`. An `AbortError` if the signal stopped it
 * @example
 * const source = syntheticSource({ seed: 17, count: 200 });
 * const manifest = await prepareDataset({ source, tokenizer, directory: 'prepared/posts', threads: 1 });
 * console.log(manifest.records, manifest.leaks.length); // 200 0
 */
export async function prepareDataset(options: PrepareDatasetOptions): Promise<PreparedManifest> {
  const { availableParallelism } = nodeBuiltin('node:os', 'prepareDataset');
  const { directory, threads = Math.min(2, availableParallelism()) } = options;
  const settings = settingsOf(options);
  // What is wrong is found before any work is done.
  requireInteger('prepareDataset: threads', threads, 1);
  requireSettings(settings);
  const assignment = new SplitAssignment({ fractions: settings.splits, seed: settings.seed });
  const release = await occupy(directory);
  try {
    return await prepare(options, settings, assignment, threads);
  } finally {
    await release();
  }
}

async function prepare(
  options: PrepareDatasetOptions,
  settings: PreparationSettings,
  assignment: SplitAssignment<string>,
  threads: number,
): Promise<PreparedManifest> {
  const { join } = nodeBuiltin('node:path', 'prepareDataset');
  const { directory, onProgress = () => {} } = options;
  const tokenizer = await begin(directory, options.tokenizer, settings);
  const parts = join(directory, PARTS);
  const progress = (step: PreparationProgress['step'], records = 0, resumed = 0): void =>
    onProgress({ step, records, resumed });
  const workers = await partWorkers({ tokenizer: join(directory, 'tokenizer'), settings }, threads);
  const { source, signal } = options;
  const tokenized = await tokenizeParts({
    source,
    settings,
    directory: parts,
    workers,
    signal,
    onRecords: (done, resumed) => progress('tokenize', done, resumed),
  }).finally(() => workers.close());
  if (tokenized.report.records === 0 && settings.limit !== 0) {
    // Nothing is kept, so that the folder is free for the right file.
    await removeWhole(join(directory, 'tokenizer'));
    await removeWhole(parts);
    throw noRecords(source.name, tokenized.report);
  }
  const { splits, dropped, droppedSha256, firstBoundaryMerge } = await assembleParts({
    parts,
    count: tokenized.parts,
    directory,
    settings,
    assignment,
    signal,
    onRecords: (written) => progress('write', written),
  });
  progress('check');
  const { names } = assignment;
  const leaks = await findPreparedLeaks(directory, settings.kind, names, join(parts, 'leaks'), signal);

  const sum = (count: 'records' | 'truncated' | 'responsesTruncated' | 'boundaryMerges'): number =>
    Object.values(splits).reduce((total, split) => total + split[count], 0);
  const { report, sha256 } = tokenized;
  const records = sum('records');
  const content = [PREPARED_FORMAT_VERSION, settings, tokenizer.sha256, tokenizer.endOfTextToken, sha256];
  const manifest: PreparedManifest = {
    format: 'ais-prepared-data',
    formatVersion: PREPARED_FORMAT_VERSION,
    fingerprint: sha256Of(JSON.stringify(content)),
    settings,
    source: {
      name: source.name,
      sha256,
      records: report.records,
      skipped: report.skipped,
      faults: report.faults,
      leftOut: report.leftOut,
      faultExamples: report.examples.map(({ message }) => message),
      shapes: report.shapes.map(({ template, ...shape }) => ({ ...shape, template: template.toJSON() })),
    },
    tokenizer,
    records,
    truncated: sum('truncated'),
    truncatedShare: records === 0 ? 0 : sum('truncated') / records,
    responsesTruncated: sum('responsesTruncated'),
    boundaryMerges: sum('boundaryMerges'),
    firstBoundaryMerge,
    dropped,
    droppedSha256,
    leaks,
    splits,
  };
  signal?.throwIfAborted();
  await writeWhole(join(directory, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await removeWhole(parts);
  return manifest;
}

const PARTS = 'parts';
/** Changes with the layout of the parts, their hashes, and what templates render; parts are gone once a set is there. */
const PARTS_VERSION = 5;
const SETTINGS = 'settings.json';
const LOCK = 'prepare.lock';

function settingsOf(options: PrepareDatasetOptions): PreparationSettings {
  return {
    kind: options.kind ?? 'text',
    maxPromptTokens: options.maxPromptTokens ?? 512,
    maxResponseTokens: options.maxResponseTokens ?? null,
    longResponses: options.longResponses ?? 'cut',
    longPrompts: options.longPrompts ?? 'error',
    duplicates: options.duplicates ?? 'drop',
    splits: options.splits ?? DEFAULT_SPLITS,
    seed: options.seed ?? 17,
    onError: options.onError ?? 'stop',
    limit: options.limit ?? null,
  };
}

/**
 * Takes a folder for this preparation, or refuses a folder of something else.
 *
 * @returns what gives it back
 */
async function occupy(directory: string): Promise<() => Promise<void>> {
  const { readdir } = nodeBuiltin('node:fs/promises', 'prepareDataset');
  const { join } = nodeBuiltin('node:path', 'prepareDataset');
  const found: string[] = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw explainFileError(error, directory);
  });
  if (found.includes(MANIFEST)) {
    throw occupied(directory, 'already holds a prepared data set. Choose another folder, or remove that one');
  }
  const begun = (await readdir(join(directory, PARTS)).catch(() => [])) as string[];
  const isBegun = begun.some((name) => name === SETTINGS || name === LOCK);
  // A disk that was full, or a kill, before the settings were written has left no more than that.
  const isOwn =
    found.includes(PARTS) &&
    found.every((name) => name === PARTS || name === 'tokenizer') &&
    begun.every((name) => name === 'tokenizer' || name === `${LOCK}.guard`);
  if (found.length > 0 && !isBegun && !isOwn) {
    throw occupied(directory, 'is not empty and holds no preparation to continue. Choose another folder');
  }
  return takeLock(join(directory, PARTS, LOCK), { what: directory });
}

/** Stores the tokenizer and the settings in the folder, or refuses one in which another preparation was started. */
async function begin(
  directory: string,
  tokenizer: Tokenizer,
  settings: PreparationSettings,
): Promise<PreparedManifest['tokenizer']> {
  const { readFile } = nodeBuiltin('node:fs/promises', 'prepareDataset');
  const { join } = nodeBuiltin('node:path', 'prepareDataset');
  await removeLeftovers(directory);
  const started = join(directory, PARTS, SETTINGS);
  const earlier = await readFile(started, 'utf8').catch(() => undefined);
  const { vocabularySize, endOfTextToken } = tokenizer;
  // Written under another name first: an interrupted run's tokenizer must not be replaced by another.
  const fresh = join(directory, PARTS, 'tokenizer');
  await tokenizer.save(fresh);
  const sha256 = sha256Of(await readFile(join(fresh, 'tokenizer.json')));
  const described = { sha256, vocabularySize, endOfTextToken };
  const mine = `${JSON.stringify({ formatVersion: PREPARED_FORMAT_VERSION, parts: PARTS_VERSION, settings, tokenizer: described })}\n`;
  if (earlier !== undefined && earlier !== mine) {
    throw occupied(
      directory,
      'holds an interrupted preparation with other settings, another tokenizer, or another version of @ais/data. Choose another folder, or remove that one',
    );
  }
  await tokenizer.save(join(directory, 'tokenizer'));
  await writeWhole(started, mine);
  return described;
}

function noRecords(name: string, { skipped, leftOut, examples: [first] }: ReadReport): DataError {
  const left = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
  const why = skipped + left > 0 ? ` ${skipped} were malformed and skipped, ${left} left out.` : '';
  const remedy = first?.detail ?? 'Check that it is the right file, and that it has rows below its header.';
  return new DataError(
    'no-records',
    `The source ${name} has no records, so there is nothing to prepare.${why} ${remedy}`,
    first && { cause: first },
  );
}

function occupied(directory: string, what: string): DataError {
  return new DataError('folder-occupied', `${directory} ${what}.`, { place: { file: directory } });
}
