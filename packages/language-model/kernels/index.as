export {
  attention,
  attentionGradient,
  decodeAttention,
  fillCache,
  joinHeadGradients,
  splitHeads,
} from './attention';
export { gelu, geluGradient } from './gelu';
export { product } from './product';
export { gatherRows, normalize, normalizeGradient, transpose } from './rows';
