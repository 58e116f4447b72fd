import { nodeBuiltin, withTemporaryFolder } from '@ais/runtime/files';
import { interruption, lastLines, runCommand } from '@ais/runtime/process';
import { DataError } from '../errors.js';
import { byteAlphabet } from './byte-alphabet.js';
import { rustLibrary } from './rust-library.js';
import { createTokenizer, END_OF_TEXT, type Tokenizer } from './tokenizer.js';

/** Options of `trainTokenizer`. */
export interface TrainTokenizerOptions {
  /** Tokens in all: end-of-text, padding, 256 bytes, and what is learned; from 258 to 30,000. */
  vocabularySize: number;
}

/** The Rust trainer's own vocabulary size, which its binding for Node cannot change. */
const TRAINER_VOCABULARY = 30_000;

/**
 * Learns a byte-level BPE tokenizer, as GPT-2's, from texts.
 *
 * Ids, as GPT-NeoX's: 0 is `<|endoftext|>`, 1 is `<|padding|>`, 2 … 257 the bytes, then what was learned, in the order
 * in which it was learned. Every text can be encoded, whatever it was trained on. The same texts give the same
 * tokenizer. Texts that have no more pairs to merge give a smaller vocabulary than was asked for.
 *
 * Learning is done by the Rust library (npm `tokenizers`, an optional peer dependency) in a process of its own: its
 * binding for Node is synchronous and prints to standard output. It always learns 30,000 entries, and BPE learns
 * its merges in order, so the first V of them are what learning V gives.
 *
 * @param texts what to learn from; pairs never merge across texts or line breaks
 * @param options the vocabulary's size
 * @returns the tokenizer, as it would be after `save` and `loadTokenizer`
 * @throws {DataError} `trainer-absent` if npm `tokenizers` is not installed; `training-failed` if it fails
 * @throws {FileError} `disk-full` where temporary files go; what `texts` throws
 * @example
 * const tokenizer = await trainTokenizer(['two cakes', 'three cakes'], { vocabularySize: 300 });
 * tokenizer.decode(tokenizer.encode(' two cakes')); // ' two cakes'
 */
export async function trainTokenizer(
  texts: Iterable<string> | AsyncIterable<string>,
  { vocabularySize }: TrainTokenizerOptions,
): Promise<Tokenizer> {
  // By code point, as the Rust library sorts its alphabet.
  const alphabet = byteAlphabet().sort();
  const least = SPECIAL_TOKENS.length + alphabet.length;
  if (
    !Number.isSafeInteger(vocabularySize) ||
    vocabularySize < least ||
    vocabularySize > TRAINER_VOCABULARY
  ) {
    throw new DataError(
      'invalid-option',
      `trainTokenizer: vocabularySize must be an integer from ${least} to ${TRAINER_VOCABULARY}, got ${vocabularySize}.`,
    );
  }
  const vocabulary: Record<string, number> = {};
  let size = 0;
  for (const token of [...SPECIAL_TOKENS, ...alphabet]) vocabulary[token] = size++;
  const merges: [string, string][] = [];
  for (const [left, right] of await learnMerges(texts)) {
    if (size >= vocabularySize) break;
    merges.push([left, right]);
    // Two merges can make the same token; it is learned once.
    if (vocabulary[left + right] === undefined) vocabulary[left + right] = size++;
  }
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary,
      merges,
    },
  };
  return createTokenizer(json, CONFIGURATION, 'the trained tokenizer');
}

/** Fills rows up in batches. */
const PADDING = '<|padding|>';
const SPECIAL_TOKENS = [END_OF_TEXT, PADDING];

/** As GPT-NeoX's tokenizer has it, but for the padding token, which that one does not name. */
const CONFIGURATION = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  bos_token: END_OF_TEXT,
  eos_token: END_OF_TEXT,
  unk_token: END_OF_TEXT,
  pad_token: PADDING,
  clean_up_tokenization_spaces: false,
};

/** Neither a module nor CommonJS, which Deno and Node tell apart in different ways. */
const LEARN = `
const { createRequire } = process.getBuiltinModule('node:module');
const [library, corpus, result] = process.argv.slice(-3);
const { BPE, Tokenizer, byteLevelPreTokenizer } = createRequire(library)(library);
const tokenizer = new Tokenizer(BPE.empty());
tokenizer.setPreTokenizer(byteLevelPreTokenizer(false, true));
tokenizer.train([corpus]);
tokenizer.save(result);
`;

async function learnMerges(
  texts: Iterable<string> | AsyncIterable<string>,
): Promise<readonly [string, string][]> {
  const { open, readFile } = nodeBuiltin('node:fs/promises', 'trainTokenizer');
  const { join } = nodeBuiltin('node:path', 'trainTokenizer');
  const library = trainerPath();
  const interrupted = interruption();
  return withTemporaryFolder('tokenizer', async (scratch) => {
    const corpus = join(scratch, 'corpus.txt');
    const file = await open(corpus, 'w');
    let bytes = 0;
    try {
      for await (const text of texts) {
        interrupted?.throwIfAborted();
        const line = Buffer.from(`${withoutEndlessRuns(text)}\n`);
        await file.writeFile(line);
        bytes += line.length;
      }
    } finally {
      await file.close();
    }
    const result = join(scratch, 'result.json');
    await learn(
      [library, corpus, result],
      scratch,
      FIRST_MILLISECONDS + Math.ceil(bytes / BYTES_PER_MILLISECOND),
    );
    const learned = JSON.parse(await readFile(result, 'utf8')) as { model: { merges: [string, string][] } };
    return learned.model.merges;
  });
}

/** Time that learning takes at most: some at the start, and some for each byte. A hundred times what it needs. */
const FIRST_MILLISECONDS = 120_000;
const BYTES_PER_MILLISECOND = 10;

/** The time that the Rust trainer takes for a piece of text grows with the square of its length; no word is this long. */
const LONGEST_RUN = 1000;
const ENDLESS_RUN = new RegExp(`\\S{${LONGEST_RUN}}(?=\\S)|[^\\S\\n]{${LONGEST_RUN}}(?=[^\\S\\n])`, 'gu');

/** Breaks the line within runs of a thousand characters, so that pieces stay short. */
function withoutEndlessRuns(text: string): string {
  return text.length <= LONGEST_RUN ? text : text.replace(ENDLESS_RUN, '$&\n');
}

async function learn(parameters: readonly string[], scratch: string, milliseconds: number): Promise<void> {
  const failed = (why: string, cause?: unknown): DataError =>
    new DataError('training-failed', `Training the tokenizer failed: ${why}`, { cause });
  const interrupted = interruption();
  const limit = AbortSignal.timeout(milliseconds);
  const signal = interrupted ? AbortSignal.any([interrupted, limit]) : limit;
  const { status, stderr } = await runCommand(process.execPath, ['--eval', LEARN, '--', ...parameters], {
    signal,
    scratch,
  }).catch((error: unknown) => {
    interrupted?.throwIfAborted();
    if (!limit.aborted) throw failed((error as Error).message, error);
    throw failed(
      `it took longer than ${Math.round(milliseconds / 1000)} s. Give fewer texts (--limit), or a tokenizer (--tokenizer).`,
    );
  });
  if (status !== 0) throw failed(`the trainer ended with exit code ${status}. ${lastLines(stderr)}`);
}

function trainerPath(): string {
  const path = rustLibrary();
  if (path !== undefined) return path;
  throw new DataError(
    'trainer-absent',
    'Training a tokenizer needs the npm package tokenizers 0.23.2 or later, which is not installed. Run: npm install tokenizers',
  );
}
