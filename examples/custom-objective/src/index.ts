export { type CalDpoOptions, calDpo } from './cal-dpo.js';
export { type ClippedTokensOptions, clippedTokens } from './clipped-tokens.js';
export { type KtoOptions, kto } from './kto.js';
export { type OrpoOptions, orpo } from './orpo.js';
