import { nodeBuiltin } from '@ais/runtime/files';
import { DataError } from '../errors.js';
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
  thread ??= startThread(library);
  const { ask, close } = thread;
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
  unused.register(handle, () => close(key));
  return {
    name: 'rust',
    encode: (text) => (text === '' ? [] : (answer('encode', text, `encode ${excerpt(text)}`) as number[])),
    decode: (ids) => answer('decode', [...ids], `decode ${excerpt(ids.join(' '))}`) as string,
  };
}

const excerpt = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

interface Thread {
  ask(request: readonly [action: string, key: number, parameter: unknown]): {
    result?: unknown;
    error?: string;
  };
  /** Lets a tokenizer go. */
  close(key: number): void;
}

let thread: Thread | undefined;
let nextKey = 0;
const unused = new FinalizationRegistry((close: () => void) => close());

/** Longer than the library takes for any text; a thread that is silent for so long has ended. */
const PATIENCE_MILLISECONDS = 10 * 60_000;

function startThread(library: string): Thread {
  const { MessageChannel, receiveMessageOnPort, Worker } = nodeBuiltin('node:worker_threads', 'A tokenizer');
  const { port1, port2 } = new MessageChannel();
  const answers = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./rust-worker.js', import.meta.url), {
    workerData: { port: port2, answers, library },
    transferList: [port2],
    execArgv: [],
  });
  worker.unref();
  let asked = 0;
  let hasEnded = false;
  return {
    ask(request) {
      if (hasEnded) return { error: 'the thread that ran it has ended' };
      port1.postMessage(request);
      if (Atomics.wait(answers, 0, asked, PATIENCE_MILLISECONDS) === 'timed-out') {
        thread = undefined;
        hasEnded = true;
        void worker.terminate();
        return { error: 'the thread that runs it does not answer' };
      }
      asked++;
      return receiveMessageOnPort(port1)?.message as { result?: unknown; error?: string };
    },
    close: (key) => port1.postMessage(['close', key]),
  };
}
