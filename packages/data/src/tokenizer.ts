export type { ModelChat } from './tokenizer/model-chat.js';
export { streamText, type TextStream } from './tokenizer/stream-text.js';
export { createTokenizer, type Tokenizer } from './tokenizer/tokenizer.js';
export { tokenizerFromFiles } from './tokenizer/tokenizer-from-files.js';
export type { AddedTokenJson, TokenizerConfigJson, TokenizerJson } from './tokenizer/tokenizer-json.js';
export { type TrainTokenizerOptions, trainTokenizer } from './tokenizer/train-tokenizer.js';
