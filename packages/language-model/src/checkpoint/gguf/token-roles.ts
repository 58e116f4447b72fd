import type { Metadata } from './metadata.js';

const ROLES = ['bos', 'eos', 'eot', 'eom', 'padding', 'unknown'] as const;

/** What begins a text, ends it, its turns, or its messages, fills rows up, and stands for what is no token. */
export type TokenRole = (typeof ROLES)[number];

/** The tokens that have a role. */
export interface TokenRoles {
  readonly ids: Readonly<Partial<Record<TokenRole, number>>>;
  /** About roles that are left out. */
  readonly warnings: readonly string[];
}

/**
 * The tokens that a GGUF file gives a role. As in llama.cpp, an id that is no token of the vocabulary, such as 2³² − 1, is left out.
 *
 * @throws {CheckpointError} `checkpoint-corrupt` for what is no id
 */
export function tokenRoles(metadata: Metadata): TokenRoles {
  const { length } = metadata.strings('tokenizer.ggml.tokens');
  const ids: Partial<Record<TokenRole, number>> = {};
  const warnings: string[] = [];
  for (const role of ROLES) {
    const key = `tokenizer.ggml.${role}_token_id`;
    const id = metadata.index(key);
    if (id === undefined) continue;
    if (id < length) ids[role] = id;
    else {
      warnings.push(
        `${metadata.file}: ${key} is ${id}, and the vocabulary has ${length} tokens. It is left out. Correct it in the file if ` +
          'the model needs that token.',
      );
    }
  }
  return { ids, warnings };
}
