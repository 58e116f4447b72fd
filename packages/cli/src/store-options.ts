import { join } from 'node:path';
import { Option } from 'commander';

/** The flags that say where stages are kept. */
export interface StoreFlags {
  readonly store: string;
  readonly s3Endpoint?: string;
}

/** Where stages are kept by default. */
export const USUAL_STORE: string = join('runs', 'study-store');

/** `--store`: a folder, or a place in S3. */
export function storeOption(what: string): Option {
  return new Option('--store <place>', `${what}: a folder, or s3://bucket/prefix`).default(USUAL_STORE);
}

/** `--s3-endpoint`: a self-hosted server, for stores in S3. */
export function s3EndpointOption(): Option {
  return new Option(
    '--s3-endpoint <url>',
    'with --store s3://…, the server, such as https://host:9000; by default the one in AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, or Amazon',
  );
}

/** The address of the store that the flags name, which says all of it, so that `--resume` and `ais status` find it. */
export async function storeAddress({ store, s3Endpoint }: StoreFlags): Promise<string> {
  if (s3Endpoint === undefined) return store;
  const { studyStoreAt } = await import('@ais/studies');
  return studyStoreAt(store, s3Endpoint);
}
