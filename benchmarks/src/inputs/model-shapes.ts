import type { ModelConfiguration } from '@ais/language-model';
import { type Architecture, type ConfigurationOptions, gptNeox, llama } from '@ais/language-model/families';
import { PYTHIA_SIZES, type PythiaSize, pythiaConfiguration } from '@ais/language-model/gpt-neox';

/** One of Pythia's models, by its name on the Hub, SmolLM2-135M, the policy of `ais demo`, or a small one for what is repeated often. */
export type ModelName = 'demo' | 'small' | `pythia-${PythiaSize}` | 'smollm2';

/** What a model is, but for its weights. */
export interface ModelShape {
  readonly architecture: Architecture;
  readonly configuration: ModelConfiguration;
}

function shapeOf<C extends ModelConfiguration>(
  architecture: Architecture<C>,
  options: ConfigurationOptions<NoInfer<C>>,
): ModelShape {
  return {
    architecture: architecture as unknown as Architecture,
    configuration: architecture.complete(options),
  };
}

const pythia = PYTHIA_SIZES.map((size) => [
  `pythia-${size}`,
  shapeOf(gptNeox, pythiaConfiguration(size)),
]) as [`pythia-${PythiaSize}`, ModelShape][];

/** Their shapes; Pythia's, the smallest first. */
export const modelShapes: Readonly<Record<ModelName, ModelShape>> = {
  demo: shapeOf(gptNeox, { vocabularySize: 512, layerCount: 2, hiddenSize: 64, headCount: 4 }),
  small: shapeOf(gptNeox, { vocabularySize: 4096, layerCount: 3, hiddenSize: 128, headCount: 4 }),
  ...(Object.fromEntries(pythia) as Record<`pythia-${PythiaSize}`, ModelShape>),
  smollm2: shapeOf(llama, {
    vocabularySize: 49_152,
    layerCount: 30,
    hiddenSize: 576,
    headCount: 9,
    keyValueHeadCount: 3,
    intermediateSize: 1536,
    maxPositions: 8192,
    rotaryBase: 100_000,
    normEpsilon: 1e-5,
    tieWordEmbeddings: true,
    endOfTextTokens: [0],
  }),
};

export const MODEL_NAMES: readonly ModelName[] = Object.keys(modelShapes) as ModelName[];

/** Numbers in a model's parameters. */
export function parameterCount({ architecture, configuration }: ModelShape): number {
  const { vocabularySize, hiddenSize, tieWordEmbeddings } = configuration;
  const head = tieWordEmbeddings ? 0 : vocabularySize * hiddenSize;
  return head + sizes(architecture.parameters(configuration));
}

/** Numbers in the matrices that every token is multiplied with. */
export function matrixNumbers({ architecture, configuration }: ModelShape): number {
  const matrices = [...architecture.parameters(configuration)].filter(({ name }) =>
    architecture.adaptable(name),
  );
  return sizes(matrices);
}

function sizes(parameters: Iterable<{ readonly shape: readonly number[] }>): number {
  return [...parameters].reduce(
    (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
    0,
  );
}
