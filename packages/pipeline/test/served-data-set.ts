import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { HubServer } from '../../runtime/test/hub-server.js';

export interface ServedDataSet {
  close(): Promise<void>;
}

/** Puts a data set of JSON Lines on a Hub of this machine, which everything asks until it is closed. */
export async function serveDataSet(
  repository: string,
  files: Readonly<Record<string, readonly object[]>>,
): Promise<ServedDataSet> {
  const cache = await mkdtemp(join(tmpdir(), 'ais-hub-'));
  const encoder = new TextEncoder();
  const server = await HubServer.start({
    kind: 'dataset',
    repository,
    commit: 'd'.repeat(40),
    files: new Map(
      Object.entries(files).map(([path, rows]) => [
        path,
        encoder.encode(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
      ]),
    ),
  });
  vi.stubEnv('HF_ENDPOINT', server.endpoint);
  vi.stubEnv('HF_HUB_CACHE', cache);
  vi.stubEnv('HF_HUB_OFFLINE', '');
  return {
    close: async () => {
      vi.unstubAllEnvs();
      await server.close();
      await rm(cache, { recursive: true });
    },
  };
}
