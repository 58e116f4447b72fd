/** What layers, batches and generation know about a model of any family. */
export interface ModelShape {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** Width of the hidden layer of each block's MLP. */
  readonly intermediateSize: number;
  /** Share of each head's dimensions that the rotary embedding turns. */
  readonly rotaryFraction: number;
  readonly rotaryBase: number;
  /** Longest sequence that the model was made for; a sequence's positions must lie below. */
  readonly maxPositions: number;
  /** Whether the output head is the embedding matrix. */
  readonly tieWordEmbeddings: boolean;
}
