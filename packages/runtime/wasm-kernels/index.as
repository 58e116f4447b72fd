export { adam, adamInHalves } from './adam';
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
export { matrixProduct, transposedProduct } from './product';
export { columnExponentials, copy, gatherRows, normalize, normalizeGradient, sumOfRows, transpose } from './rows';
