import { llama } from '@ais/language-model/families';

/**
 * Llama with halved attention scores: an example to replace with what your family computes.
 *
 * A family reads and writes `config.json`, names the parameters as files do, and says what each block computes. Gradients, caches,
 * generation, checkpoints, LoRA, and the reward model follow from that.
 */
export const myPlugin: typeof llama = {
  ...llama,
  // `model_type` and `architectures` of config.json.
  modelType: 'my_plugin',
  architectures: { causal: 'MyPluginForCausalLM', score: 'MyPluginForSequenceClassification' },
  block(configuration, index) {
    const plan = llama.block(configuration, index);
    return { ...plan, attention: { ...plan.attention, scale: plan.attention.scale / 2 } };
  },
};
