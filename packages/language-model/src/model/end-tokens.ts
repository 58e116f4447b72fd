import { CheckpointError } from '../errors.js';

/** What one of a model's files says ends a text. */
export interface DeclaredEnds {
  readonly file: string;
  readonly tokens: readonly number[];
}

/** Everything that declares a model's end-of-text tokens. */
export interface EndTokenSources {
  /** `config.json` and, if there is one, `generation_config.json`. */
  readonly configurations: readonly DeclaredEnds[];
  /** The tokenizer's end-of-text token, its text if known, and who names it; undefined if no tokenizer is known. */
  readonly tokenizer?: { readonly file: string; readonly id: number; readonly content?: string } | undefined;
  readonly vocabularySize: number;
}

/** The tokens that end a text, and what to tell the user about them. */
export interface EndTokens {
  readonly tokens: readonly number[];
  readonly warning?: string;
}

/**
 * Decides which tokens end a text, where a model and its tokenizer meet.
 *
 * Generation stops at every token that any of the files declares. The tokenizer's comes first: it is the one that
 * training ends responses with. If the configurations do not list it, a warning names the files. What they list beyond the
 * vocabulary is left out, also with a warning: a model with a small vocabulary of its own often has its family's tokens there.
 *
 * @throws {CheckpointError} `tokenizer-mismatch` if the tokenizer's is outside the vocabulary
 */
export function endTokens({ configurations: given, tokenizer, vocabularySize }: EndTokenSources): EndTokens {
  const isToken = (token: number): boolean => token >= 0 && token < vocabularySize;
  const configurations = given.map(({ file, tokens }) => ({ file, tokens: tokens.filter(isToken) }));
  const leftOut = given.flatMap(({ file, tokens }) => {
    const beyond = tokens.filter((token) => !isToken(token));
    return beyond.length === 0 ? [] : [{ file, tokens: beyond }];
  });
  const warnings = leftOut.map(
    (ends) =>
      `${ends.file} ends a text with what is no token of the model (${listed(ends.tokens)}; the vocabulary has ` +
      `${vocabularySize}). It is left out. Correct eos_token_id if another token ends texts.`,
  );
  const decided = decide(configurations, tokenizer, vocabularySize);
  const all = [...warnings, ...(decided.warning === undefined ? [] : [decided.warning])];
  return { tokens: decided.tokens, ...(all.length > 0 && { warning: all.join(' ') }) };
}

function decide(
  configurations: readonly DeclaredEnds[],
  tokenizer: EndTokenSources['tokenizer'],
  vocabularySize: number,
): EndTokens {
  const declared = [...new Set(configurations.flatMap(({ tokens }) => tokens))];
  if (tokenizer === undefined) return { tokens: declared };
  const { file, content, id } = tokenizer;
  const end = content === undefined ? `token ${id}` : `${content} (${id})`;
  if (id >= vocabularySize) {
    throw new CheckpointError(
      'tokenizer-mismatch',
      `it ends a text with ${end}, which is not a token of the model; the tokenizer belongs to another model.`,
      { file, expected: `a token below the vocabulary size ${vocabularySize}`, found: `${id}` },
    );
  }
  if (declared.includes(id)) return { tokens: [id, ...declared.filter((token) => token !== id)] };
  const files = configurations.map(({ file, tokens }) => `${file} (${listed(tokens)})`).join(' and ');
  return {
    tokens: [id, ...declared],
    warning:
      `${file} ends a text with ${end}, but ${files} ${configurations.length > 1 ? 'do' : 'does'} not list it. ` +
      'Generation stops at every one of these tokens, and what is saved lists them in all files.',
  };
}

function listed(tokens: readonly number[]): string {
  return `eos_token_id ${tokens.length === 0 ? 'null' : tokens.join(', ')}`;
}
