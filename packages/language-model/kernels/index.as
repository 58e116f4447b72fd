export {
  attention,
  attentionGradient,
  decodeAttention,
  fillCache,
  joinHeadGradients,
  splitHeads,
} from './attention';
export { activate, activateGradient, gate, gateGradient } from './gate';
export { gelu, geluGradient } from './gelu';
export { transposedProduct } from './product';
export { columnExponentials, gatherRows, normalize, normalizeGradient, sumOfRows, transpose } from './rows';
