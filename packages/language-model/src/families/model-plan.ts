import type { BlockPlan } from '../layers/block.js';
import type { EmbeddingPlan } from '../layers/embedding.js';
import type { NormPlan } from '../layers/norm.js';
import type { ParameterSpecification } from '../layers/parameters.js';
import type { ModelShape } from '../model-shape.js';
import type { Architecture, ModelConfiguration } from './architecture.js';

/** What a model computes, and the names of its parameters. */
export interface ModelPlan {
  readonly shape: ModelShape;
  readonly embedding: EmbeddingPlan;
  readonly blocks: readonly BlockPlan[];
  readonly finalNorm: NormPlan;
  /** The output matrix, [vocabulary, hidden]: the embedding where they are tied. */
  readonly outputHead: string;
}

export function modelPlan<C extends ModelConfiguration>(
  architecture: Architecture<C>,
  configuration: C,
): ModelPlan {
  const embedding = architecture.embedding(configuration);
  return {
    shape: architecture.shape(configuration),
    embedding,
    blocks: Array.from({ length: configuration.layerCount }, (_, index) =>
      architecture.block(configuration, index),
    ),
    finalNorm: architecture.finalNorm(configuration),
    outputHead: configuration.tieWordEmbeddings ? embedding.tokens : architecture.outputHead,
  };
}

/** The parameters of a causal language model, in Hugging Face's order; a tied head has none of its own. */
export function* languageModelSpecifications<C extends ModelConfiguration>(
  architecture: Architecture<C>,
  configuration: C,
): Generator<ParameterSpecification> {
  const { vocabularySize, hiddenSize, tieWordEmbeddings } = configuration;
  yield* architecture.parameters(configuration);
  if (tieWordEmbeddings) return;
  yield { name: architecture.outputHead, shape: [vocabularySize, hiddenSize], fill: 'normal' };
}

/** The score head of a reward model, which has the same name in `transformers` for every family. */
export const SCORE_HEAD = 'score.weight';

/** The parameters of a reward model, in Hugging Face's order. */
export function* rewardModelSpecifications<C extends ModelConfiguration>(
  architecture: Architecture<C>,
  configuration: C,
): Generator<ParameterSpecification> {
  yield* architecture.parameters(configuration);
  yield { name: SCORE_HEAD, shape: [1, configuration.hiddenSize], fill: 'normal' };
}
