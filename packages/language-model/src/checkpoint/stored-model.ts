import type { CompanionFiles } from '../model/companion-files.js';

/** An open file of weights: tensors with Hugging Face's names, read one at a time. */
export interface WeightsFile {
  readonly path: string;
  readonly entries: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  /** A tensor's numbers as float32. */
  read(tensor: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A model as it is stored: in a folder in Hugging Face's layout, or in a GGUF file, which is read as such a folder. */
export interface StoredModel {
  /** The folder, or the GGUF file, for messages. */
  readonly place: string;
  /** The same on disk, without adapters; undefined for what is not on disk. */
  readonly path: string | undefined;
  /** The configuration, and where it comes from. */
  readonly configuration: { readonly json: unknown; readonly file: string };
  readonly companions: CompanionFiles;
  /** Warnings about the files, for the caller. */
  readonly warnings: readonly string[];
  /** `adapter_config.json` of each adapter that the weights are changed by. */
  readonly adapters: readonly string[];
  /** The files of the weights, open; the caller closes them. */
  openWeights(): Promise<readonly WeightsFile[]>;
}
