// The thread of rust-engine.ts: Hugging Face's library answers with promises, and whoever asks waits for the answer.
// Plain JavaScript, so that Node loads it from the sources too.
import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';
import { answerBlocked } from '../threads/answer-blocked.js';

const require = createRequire(workerData.library);
const tokenizers = new Map();

const ACTIONS = {
  open: (key, json) => void tokenizers.set(key, require(workerData.library).Tokenizer.fromString(json)),
  encode: async (key, text) =>
    (await tokenizers.get(key).encode(text, null, { addSpecialTokens: false })).getIds(),
  decode: (key, ids) => tokenizers.get(key).decode(ids, true),
  close: (key) => void tokenizers.delete(key),
};

answerBlocked(([action, key, parameter]) => ACTIONS[action](key, parameter));
