import type { Json } from '../files/json.js';
import type { BlockPlan } from '../layers/block.js';
import type { EmbeddingPlan } from '../layers/embedding.js';
import type { NormPlan } from '../layers/norm.js';
import type { ParameterSpecification } from '../layers/parameters.js';
import type { ModelShape } from '../model-shape.js';

/** What the configurations of all families have, in full words; `config.json` has Hugging Face's names for the same. */
export interface ModelConfiguration {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** Width of the hidden layer of each block's MLP. */
  readonly intermediateSize: number;
  /** Longest sequence that the model was made for; a sequence's positions must lie below. */
  readonly maxPositions: number;
  /** Whether the output head is the embedding matrix. */
  readonly tieWordEmbeddings: boolean;
  /** Standard deviation of the random initialization. */
  readonly initializerRange: number;
  /** Kept for other readers of the checkpoint; null for none. */
  readonly startOfTextToken: number | null;
  /** Every token that ends a text; the first is the one that training ends responses with. Empty for none. */
  readonly endOfTextTokens: readonly number[];
  /** Fills rows up for readers of the checkpoint that pad; null for none. */
  readonly paddingToken: number | null;
  /** Keys of `config.json` that this package does not use; kept when the model is saved. */
  readonly otherKeys: Readonly<Record<string, unknown>>;
}

/** What a configuration cannot do without. */
type Required = 'vocabularySize' | 'hiddenSize' | 'layerCount' | 'headCount';

/** A configuration with what its family has a default for left out. */
export type ConfigurationOptions<C extends ModelConfiguration = ModelConfiguration> = Pick<C, Required> &
  Partial<C>;

/**
 * A family of models: how its configuration is read and written, what its parameters are called, and what each block
 * computes. Everything else, gradients, caches, generation, checkpoints, works on the plan that it gives.
 *
 * `testArchitecture` of `@ais/language-model/testing` is what every family passes.
 */
export interface Architecture<C extends ModelConfiguration = ModelConfiguration> {
  readonly specificationVersion: 'v1';
  /** `model_type` of `config.json`. */
  readonly modelType: string;
  /** The names of `architectures` in `config.json`: of the language model, and of the reward model. */
  readonly architectures: { readonly causal: string; readonly score: string };
  /**
   * Completes and checks a configuration.
   *
   * @throws {LanguageModelError} `invalid-configuration` naming the field
   */
  complete(options: ConfigurationOptions<C>): C;
  /**
   * Reads `config.json`.
   *
   * @param file where it comes from, for messages
   * @throws {CheckpointError} `unsupported-architecture` or `checkpoint-corrupt`, naming the key
   */
  read(json: Json, file: string): C;
  /** Writes what `read` reads; `architectures`, `model_type`, `dtype`, and `otherKeys` are added to it. */
  write(configuration: C): Json;
  shape(configuration: C): ModelShape;
  /**
   * The parameters of everything but the head, in Hugging Face's order.
   *
   * Make it a generator: code that reads an untrusted configuration stops before there are more than its checkpoint has.
   */
  parameters(configuration: C): Iterable<ParameterSpecification>;
  embedding(configuration: C): EmbeddingPlan;
  block(configuration: C, index: number): BlockPlan;
  finalNorm(configuration: C): NormPlan;
  /** The output matrix of a model whose head is not its embedding. */
  readonly outputHead: string;
  /** Whether low-rank adapters (LoRA) may be added to a parameter: a block's matrices. */
  adaptable(name: string): boolean;
  /** What parameter names begin with and checkpoints of the bare model leave out, such as `transformer.` */
  readonly prefix?: string;
  /** Tensors of older checkpoints that hold constants, not weights; they are not read. */
  readonly constants?: RegExp;
}
