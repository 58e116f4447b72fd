import { DataError } from '../errors.js';
import { type BlockingThread, startBlockingThread } from '../threads/blocking-thread.js';
import type { Engine } from './engine.js';
import { rustLibrary } from './rust-library.js';
import type { TokenizerJson } from './tokenizer-json.js';

/**
 * The engine for everything else: Hugging Face's own library, if it is installed.
 *
 * Its binding for Node is asynchronous, so it runs in a thread of its own, and each call waits for that thread's answer.
 * All tokenizers share the thread, which does not keep a process alive.
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
  // Whoever can still encode or decode holds this.
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

const excerpt = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

let thread: BlockingThread | undefined;
let nextKey = 0;
const unused = new FinalizationRegistry((close: () => void) => close());
