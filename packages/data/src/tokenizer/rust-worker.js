// The thread of rust-engine.ts: Hugging Face's library answers with promises, and whoever asks waits for the answer.
// Plain JavaScript, so that Node loads it from the sources too.
import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';

/** @type {{ port: import('node:worker_threads').MessagePort, answers: Int32Array, library: string }} */
const { port, answers, library } = workerData;
const require = createRequire(library);
const tokenizers = new Map();

const ACTIONS = {
  open: (key, json) => void tokenizers.set(key, require(library).Tokenizer.fromString(json)),
  encode: async (key, text) =>
    (await tokenizers.get(key).encode(text, null, { addSpecialTokens: false })).getIds(),
  decode: (key, ids) => tokenizers.get(key).decode(ids, true),
};

port.on('message', async ([action, key, parameter]) => {
  // Nobody waits for this one.
  if (action === 'close') return tokenizers.delete(key);
  try {
    port.postMessage({ result: await ACTIONS[action](key, parameter) });
  } catch (error) {
    port.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
});
