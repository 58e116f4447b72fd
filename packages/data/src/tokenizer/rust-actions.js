// What is asked of Hugging Face's library. Plain JavaScript, so that Node loads it from the sources too.
import { createRequire } from 'node:module';

/**
 * Opens the library.
 *
 * @param {string} library its path
 * @returns {(request: [action: string, key: number, parameter?: any]) => unknown} what does what is asked; may be asynchronous
 */
export function rustActions(library) {
  const { Tokenizer } = createRequire(library)(library);
  const tokenizers = new Map();
  const actions = {
    open: (key, json) => void tokenizers.set(key, Tokenizer.fromString(json)),
    encode: async (key, text) =>
      (await tokenizers.get(key).encode(text, null, { addSpecialTokens: false })).getIds(),
    decode: (key, ids) => tokenizers.get(key).decode(ids, true),
    close: (key) => void tokenizers.delete(key),
  };
  return ([action, key, parameter]) => actions[action](key, parameter);
}
