import { DataError } from '../errors.js';
import { excerpt } from '../records/excerpt.js';
import { type BlockingThread, startBlockingThread } from '../threads/blocking-thread.js';
import type { Engine } from './engine.js';
import { rustLibrary } from './rust-library.js';
import type { TokenizerJson } from './tokenizer-json.js';

/**
 * The engine for everything else: Hugging Face's own library, if it is installed.
 *
 * A stranger's pattern or a chain of replacements can end the process that it runs in, or keep it busy for years, and its
 * memory is not part of any JavaScript heap: it runs in a process of its own, which is ended where it takes too long or too much. Each call waits
 * for the answer. All tokenizers share the process, which ends with this one.
 *
 * @param json the content of a `tokenizer.json`; what it says about truncation and padding is left out
 * @param file what messages call it
 * @returns undefined if npm `tokenizers` is not installed, or this is not Node
 * @throws {DataError} `invalid-tokenizer` if the library does not take the file
 */
export function rustEngine(json: TokenizerJson, file: string): Engine | undefined {
  const library = rustLibrary();
  if (library === undefined) return undefined;
  if (!thread?.isUsable) {
    thread = startBlockingThread(new URL('./rust-worker.js', import.meta.url), { library }, 'A tokenizer');
  }
  const { ask, tell } = thread;
  // Code that can still encode or decode holds this.
  const handle = { key: nextKey++ };
  const answer = (action: 'open' | 'encode' | 'decode', parameter: unknown, what: string): unknown => {
    const { result, error } = ask([action, handle.key, parameter]);
    if (error === undefined) return result;
    throw new DataError('invalid-tokenizer', `${file}: Hugging Face's tokenizers cannot ${what}: ${error}.`, {
      place: { file },
    });
  };
  answer('open', JSON.stringify({ ...json, truncation: null, padding: null }), 'read it');
  const { key } = handle;
  unused.register(handle, () => tell(['close', key]));
  return {
    name: 'rust',
    encode: (text) => (text === '' ? [] : (answer('encode', text, `encode ${excerpt(text)}`) as number[])),
    decode: (ids) => answer('decode', [...ids], `decode ${excerpt(ids.join(' '))}`) as string,
  };
}

let thread: BlockingThread | undefined;
let nextKey = 0;
const unused = new FinalizationRegistry((close: () => void) => close());
