import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryStore } from '../src/directory-store.js';
import { readS3Address, withEndpoint } from '../src/s3/s3-address.js';
import { connectS3 } from '../src/s3/s3-objects.js';
import { s3Store } from '../src/s3/s3-store.js';
import type { StoreFactory } from '../src/testing/store-checks.js';
import { silence } from './workshop.js';

/** A store in a folder, for the suite. */
export const directoryBench: StoreFactory = async () => {
  const root = await mkdtemp(join(tmpdir(), 'ais-store-'));
  return {
    open: () => directoryStore(root, { discard: ['resume'] }),
    silence: async (folder) => {
      const work = join(root, '.work', folder);
      for (const name of await readdir(work)) {
        if (name.endsWith('.beat')) await silence(join(work, name.slice(0, -'.beat'.length)));
      }
    },
    damage: (folder, { path }) => writeFile(join(root, folder, path), 'other bytes'),
    close: () => rm(root, { recursive: true, force: true }),
  };
};

let stores = 0;

/** Stores in a bucket of a server, for the suite, under a prefix of their own; each that is opened has a cache of its own. */
export function s3Bench(endpoint: () => string): StoreFactory {
  return async () => {
    const root = await mkdtemp(join(tmpdir(), 'ais-s3-'));
    stores += 1;
    const address = withEndpoint(`s3://bucket/stores/${process.pid}-${stores}`, endpoint());
    const objects = await connectS3(readS3Address(address));
    let machines = 0;
    return {
      open() {
        machines += 1;
        return s3Store(address, { discard: ['resume'], cache: join(root, String(machines)) });
      },
      async silence(folder) {
        for await (const key of objects.list(`${folder}/`))
          if (key.endsWith('.beat')) await objects.remove(key);
      },
      damage: (folder, { sha256 }) => objects.write(`${folder}/${sha256}`, 'other bytes'),
      close: () => rm(root, { recursive: true, force: true }),
    };
  };
}
