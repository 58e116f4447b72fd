import { directoryStore } from './directory-store.js';
import { isS3Address } from './s3/s3-address.js';
import type { StageStore, StoreAddress } from './stage-store.js';

/**
 * Opens the store that an address names: a folder of this machine or of a file system that machines share, or a place in S3
 * (`s3://bucket/prefix`; see `s3Store` of `@ais/workflow/s3`).
 *
 * @throws {WorkflowError} `invalid-address`, `missing-package`, `store-failed`
 * @example
 * const store = await openStore({ address: 'runs/opened' });
 * console.log(store.location(stageSpec(numbers, { upTo: 2 }, {})).startsWith(join('runs', 'opened', 'numbers-'))); // true
 */
export async function openStore({ address, ...options }: StoreAddress): Promise<StageStore> {
  if (!isS3Address(address)) return directoryStore(address, options);
  const { s3Store } = await import('./s3/s3-store.js');
  return s3Store(address, options);
}
