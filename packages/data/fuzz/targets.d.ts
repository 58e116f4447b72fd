export interface Seed {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Of Parquet: the pages that carry a checksum, as [start, end). */
  readonly pages?: readonly (readonly [number, number])[];
}

export interface Target {
  readonly name: string;
  readonly seeds: readonly Seed[];
  mutate(bytes: Uint8Array, below: (bound: number) => number): Uint8Array;
  /** True where the values are those that were stored. */
  read(path: string, seed: Seed, mutated: Uint8Array): Promise<boolean>;
}

export function targets(data: typeof import('../src/index.js')): Map<string, Target>;
