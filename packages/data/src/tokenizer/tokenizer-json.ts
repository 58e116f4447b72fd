/** The parts of a `tokenizer.json` that are read here; the rest is passed through. */
export interface TokenizerJson {
  readonly model: { readonly type?: string; readonly vocab: unknown; readonly [key: string]: unknown };
  readonly added_tokens?: readonly AddedTokenJson[];
  readonly normalizer?: PartJson | null;
  readonly pre_tokenizer?: PartJson | null;
  readonly decoder?: PartJson | null;
  readonly [key: string]: unknown;
}

/** A token that is matched in the text before anything else happens to it. */
export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly single_word?: boolean;
  readonly normalized?: boolean;
  readonly [key: string]: unknown;
}

/** The parts of a `tokenizer_config.json` that are read here; the rest is passed through. */
export interface TokenizerConfigJson {
  readonly eos_token?: SpecialTokenJson;
  readonly pad_token?: SpecialTokenJson;
  readonly [key: string]: unknown;
}

/** A special token: its text, alone or among the options that it was added with. */
export type SpecialTokenJson = string | { readonly content: string } | null | undefined;

/** A part of a `tokenizer.json`: which of its kind, and that one's options. */
export interface PartJson {
  readonly type: string;
  readonly [key: string]: unknown;
}
