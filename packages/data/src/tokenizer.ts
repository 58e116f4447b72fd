export { streamText, type TextStream } from './tokenize/stream-text.js';
export type { ModelChat } from './tokenizer/model-chat.js';
export { createTokenizer, type Tokenizer } from './tokenizer/tokenizer.js';
export { tokenizerFromFiles } from './tokenizer/tokenizer-from-files.js';
export type { AddedTokenJson, TokenizerConfigJson, TokenizerJson } from './tokenizer/tokenizer-json.js';
export { type TrainTokenizerOptions, trainTokenizer } from './tokenizer/train-tokenizer.js';
