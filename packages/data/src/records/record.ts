import type { DataErrorPlace } from '../errors.js';
import type { Span } from '../templates/template.js';
import type { ReadOptions } from './read-report.js';

/** What every record has. */
interface RecordBase {
  /** Unique within its source. */
  id: string;
  /** Records of one family (say, the packages that one source package builds) stay on one side of a split. */
  family?: string;
  /** The file, and the line or row in it, for messages. */
  place?: DataErrorPlace;
}

/** A prompt as a template rendered it: what the policy continues, and what a judge reads. */
export interface PromptRecord extends RecordBase {
  /** Empty if there is no prompt: the response follows end-of-text. */
  prompt: string;
  /** The part of the prompt that may be shortened by paragraph where it is too long; without one, nothing may. */
  cut?: Span;
}

/** A prompt and the response to learn, both exactly as the model sees them. */
export interface TextRecord extends PromptRecord {
  response: string;
}

/** A response labeled desirable or not. */
export interface LabeledRecord extends TextRecord {
  desirable: boolean;
}

/** Two responses to a prompt, one labeled as preferred, all exactly as the model sees them. */
export interface ComparisonRecord extends PromptRecord {
  chosen: string;
  rejected: string;
  /** Responses that were cut off before they ended, so that no end-of-text follows them. */
  cutOff?: readonly ('chosen' | 'rejected')[];
  /** The columns that were asked for as numbers, by name. */
  numbers?: Readonly<Record<string, number>>;
}

/** A response that a policy sampled, and what a gold model gave it. */
export interface SampledResponse extends RecordBase {
  prompt: string;
  response: string;
  /** Finite; higher is better. */
  score: number;
}

/**
 * Where records come from. Anything with a name and an async iteration of records is a source.
 *
 * `records` may ignore its options; a source that meets malformed rows passes them to `readFaults`, which stops or
 * counts as the options say.
 *
 * @example
 * const mine: Source = {
 *   name: 'mine',
 *   async *records() {
 *     yield { id: '1', prompt: 'Question: Why?\nAnswer:', response: ' Because.' };
 *   },
 * };
 */
export interface Source<R = TextRecord> {
  readonly name: string;
  /** Streams the records from the start; every call starts again and gives the same records. */
  records(options?: ReadOptions): AsyncIterable<R>;
}

/** Prompts with a response each, or with two of which one is preferred. */
export type RecordKind = 'text' | 'comparisons';

/** A source and what kind of records it has. */
export type OpenedSource =
  | { readonly kind: 'text'; readonly source: Source<TextRecord> }
  | { readonly kind: 'comparisons'; readonly source: Source<ComparisonRecord> };
