// The families of this package, and what it takes to write another.
export type {
  Architecture,
  ConfigurationOptions,
  ModelConfiguration,
} from './families/architecture.js';
export {
  type ConfigurationDefaults,
  completeConfiguration,
  type FieldKinds,
  invalidField,
  requireDivisor,
} from './families/complete-configuration.js';
export { type Gemma3Configuration, gemma3 } from './families/gemma/gemma3.js';
export { gptNeox } from './families/gpt-neox/gpt-neox.js';
export { type Gpt2Configuration, gpt2 } from './families/gpt2/gpt2.js';
export {
  COMMON_KEYS,
  type ConfigurationFormat,
  demand,
  given,
  readConfigurationJson,
  writeConfigurationJson,
} from './families/hugging-face-configuration.js';
export type { LayerType, WindowFields } from './families/layer-types.js';
export type { DecoderConfiguration } from './families/llama/decoder-configuration.js';
export { type LlamaConfiguration, llama } from './families/llama/llama.js';
export { type MistralConfiguration, mistral } from './families/llama/mistral.js';
export {
  linearNamed,
  linearSpecifications,
  normSpecifications,
} from './families/parameter-specifications.js';
export type { QwenConfiguration } from './families/qwen/qwen-configuration.js';
export { qwen2 } from './families/qwen/qwen2.js';
export { type Qwen3Configuration, qwen3 } from './families/qwen/qwen3.js';
export { architectureOf, architectures } from './families/registry.js';
export { type RotaryFields, readRotary, writeRotary } from './families/rotary-json.js';
export type { Json } from './files/json.js';
export type { ActivationName } from './layers/activation.js';
export type { AttentionGeometry } from './layers/attention.js';
export type { AttentionPlan, BlockPlan } from './layers/block.js';
export type { EmbeddingPlan } from './layers/embedding.js';
export type { HeadNormsPlan } from './layers/head-norms.js';
export type { LinearPlan } from './layers/linear.js';
export type { MlpPlan } from './layers/mlp.js';
export type { NormPlan } from './layers/norm.js';
export type { ParameterSpecification } from './layers/parameters.js';
export type { RotaryPlan, RotaryScaling } from './layers/rotary.js';
export type { ModelShape } from './model-shape.js';
