/** What turns text into ids and back; equal ids, whichever engine does it. */
export interface Engine {
  readonly name: EngineName;
  /** Ids of a text. */
  encode(text: string): number[];
  /** The text of ids that are in the vocabulary, without special tokens. */
  decode(ids: readonly number[]): string;
}

/** `javascript` is this package's own, for any platform; `rust` is Hugging Face's library, in Node. */
export type EngineName = 'javascript' | 'rust';
