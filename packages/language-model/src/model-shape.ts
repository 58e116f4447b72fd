/** What layers, batches and generation know about a model of any family. */
export interface ModelShape {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layerCount: number;
  /** Heads of queries. */
  readonly headCount: number;
  /** Heads of keys and values; each serves as many heads of queries. */
  readonly keyValueHeadCount: number;
  /** Dimensions of a head. */
  readonly headSize: number;
  /** Width of the hidden layer of each block's MLP. */
  readonly intermediateSize: number;
  /** Longest sequence that the model was made for; a sequence's positions must lie below. */
  readonly maxPositions: number;
}
