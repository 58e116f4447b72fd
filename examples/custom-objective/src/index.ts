export { type CalDpoOptions, calDpo } from './cal-dpo.js';
export { type ClippedTokensOptions, clippedTokens } from './clipped-tokens.js';
export { type MarginPerTokenOptions, marginPerToken } from './margin-per-token.js';
