/** One slip in a source file. */
export interface TensorMutant {
  readonly line: number;
  readonly was: string;
  readonly is: string;
  /** The whole file with it. */
  readonly text: string;
}

export declare function tensorMutants(text: string): TensorMutant[];
