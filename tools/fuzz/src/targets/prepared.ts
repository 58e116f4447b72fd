import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer } from '@ais/data';
import { openPreparedDataset, prepareDataset } from '@ais/data/prepared';
import { syntheticSource } from '@ais/data/synthetic';
import { filesTarget } from '../files-target.js';
import { filesIn, fixturesOf } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

/** Folders of `ais data build`: one in four with its hashes, the others as if they had been made to fit. */
export const prepared: FuzzTarget = filesTarget({
  name: 'prepared',
  share: 1,
  only: /manifest|arrow|feather/,
  async seeds() {
    const directory = await mkdtemp(join(tmpdir(), 'fuzz-prepared-'));
    try {
      const folder = join(directory, 'set');
      await prepareDataset({
        source: syntheticSource({ seed: 17, count: 24 }),
        tokenizer: await loadTokenizer(join(fixturesOf('@ais/data'), 'tokenizer.json')),
        directory: folder,
        threads: 1,
      });
      return [await filesIn(folder)];
    } finally {
      await rm(directory, { recursive: true });
    }
  },
  async read(directory, { files }) {
    const size = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    const { manifest, split } = await openPreparedDataset(directory, { verify: size % 4 === 0 });
    for (const name of Object.keys(manifest.splits)) {
      for await (const { example } of split(name).rows()) example.prompt.length;
      await split(name).examples();
    }
  },
});
