import type { OnError, ReadReport } from '../records/read-report.js';
import type { RecordKind } from '../records/record.js';
import type { SplitLeak } from '../records/split-records.js';
import type { AnyTemplateFile } from '../templates/any-template.js';
import type { LongPrompts } from '../tokenize/truncate-prompt.js';
import type { LengthStatistics } from './length-statistics.js';

/** The version of the folder's layout, and of what the same settings make of the same records; a reader knows one. */
export const PREPARED_FORMAT_VERSION = 3;

export const MANIFEST = 'manifest.json';
export const DROPPED = 'dropped.jsonl';

/** What the files of each kind hold: the record as it was read, its tokens, and what had to be done to it. */
export const PREPARED_COLUMNS = {
  text: {
    id: 'text',
    prompt: 'text',
    /** From and up to where the prompt may be cut; empty where it may not. */
    cut: 'integers',
    response: 'text',
    family: 'optional-text',
    promptTokens: 'tokens',
    responseTokens: 'tokens',
    truncated: 'flag',
    responseTruncated: 'flag',
    boundaryMerged: 'flag',
  },
  comparisons: {
    id: 'text',
    prompt: 'text',
    cut: 'integers',
    chosen: 'text',
    rejected: 'text',
    family: 'optional-text',
    /** Whether the response was cut off before it ended, so that no end-of-text follows it. */
    chosenCutOff: 'flag',
    rejectedCutOff: 'flag',
    /** What is known of the pair in numbers, by name: a JSON object. */
    numbers: 'optional-text',
    promptTokens: 'tokens',
    chosenTokens: 'tokens',
    rejectedTokens: 'tokens',
    truncated: 'flag',
    responseTruncated: 'flag',
    boundaryMerged: 'flag',
  },
} as const;

/** Everything that the content of a prepared set depends on, but for the records and the tokenizer. */
export interface PreparationSettings {
  readonly kind: RecordKind;
  readonly maxPromptTokens: number;
  /** Null for no limit. */
  readonly maxResponseTokens: number | null;
  /** What is done with longer responses. */
  readonly longResponses: 'cut' | 'drop';
  /** What is done with records whose prompt cannot be made to fit. */
  readonly longPrompts: LongPrompts;
  readonly duplicates: 'drop' | 'keep';
  readonly splits: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly onError: OnError;
  /** Null for all records. */
  readonly limit: number | null;
}

/** A record that is not in the set, and why. */
export interface DroppedRecord {
  readonly id: string;
  readonly reason:
    | 'duplicate'
    | 'empty-post'
    | 'empty-response'
    | 'identical-responses'
    | 'long-response'
    | 'prompt-too-long';
  /** For people: whose duplicate it is, how long it is. */
  readonly detail: string;
}

/** One split of a prepared set. */
export interface PreparedSplitManifest {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly records: number;
  readonly truncated: number;
  readonly responsesTruncated: number;
  readonly boundaryMerges: number;
  /** By column of tokens: `promptTokens`, … */
  readonly lengths: Readonly<Record<string, LengthStatistics>>;
}

/** `manifest.json` of a prepared set: what is in it, where it came from, and what was done to it. */
export interface PreparedManifest {
  readonly format: 'ais-prepared-data';
  readonly formatVersion: number;
  /** SHA-256 of the settings, the tokenizer's and the records' hashes: equal for sets with equal content. */
  readonly fingerprint: string;
  readonly settings: PreparationSettings;
  readonly source: {
    readonly name: string;
    /** Of the records that were read, one JSON object a line. */
    readonly sha256: string;
  } & Pick<ReadReport, 'records' | 'skipped' | 'faults' | 'leftOut'> & {
      /** What was wrong with the first rows that were skipped. */
      readonly faultExamples: readonly string[];
      /** What each source's records were taken for. */
      readonly shapes: readonly {
        readonly source: string;
        readonly template: AnyTemplateFile;
        readonly columns: Readonly<Record<string, string>>;
        readonly unread?: readonly string[];
      }[];
    };
  readonly tokenizer: {
    /** Of `tokenizer/tokenizer.json`. */
    readonly sha256: string;
    readonly vocabularySize: number;
    readonly endOfTextToken: number;
  };
  readonly records: number;
  readonly truncated: number;
  readonly truncatedShare: number;
  readonly responsesTruncated: number;
  readonly boundaryMerges: number;
  /** A record whose prompt and response merge when tokenized as one text. */
  readonly firstBoundaryMerge: string | null;
  /** Records that were read and dropped, by the reason; each is named in `dropped.jsonl`. */
  readonly dropped: Readonly<Partial<Record<DroppedRecord['reason'], number>>>;
  readonly droppedSha256: string;
  /** Records of two splits that belong together: looked for in the files as they were written. */
  readonly leaks: readonly SplitLeak[];
  readonly splits: Readonly<Record<string, PreparedSplitManifest>>;
}
