/** How a repository on the Hugging Face Hub is reached and kept. */
export interface HubOptions {
  /** A branch, tag, or commit; `main` by default. Pin a commit: then nothing is looked up that is in the cache. */
  readonly revision?: string;
  /** The Hub's address; HF_ENDPOINT of the environment, or https://huggingface.co, by default. */
  readonly endpoint?: string;
  /** For private and gated repositories; HF_TOKEN of the environment by default. */
  readonly token?: string;
  /** Where downloads are kept; the folder of Python's `huggingface_hub` by default (HF_HUB_CACHE, HF_HOME). */
  readonly cacheDirectory?: string;
  /** Use what was downloaded before and ask no server; HF_HUB_OFFLINE of the environment by default. */
  readonly offline?: boolean;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /**
   * Ends a download with the signal's reason; what has arrived is kept for the next call. By default, what interrupts the work
   * around this.
   */
  readonly signal?: AbortSignal;
}

/** How far a download is, in bytes; those that were there before count. */
export interface DownloadProgress {
  /** The file that is on its way. */
  readonly file: string;
  /** Of all files together. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** What a repository holds. */
export type RepositoryKind = 'dataset' | 'model';
