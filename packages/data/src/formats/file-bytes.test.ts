import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFileBytes } from './file-bytes.js';

/** A frame whose table of literals is damaged so that the library never sees its end; found by `pnpm fuzz zst`. */
const ENDLESS =
  'KLUv/QRYBQgA8o4xLPD/////////XLvJeIDAY9otmth7b3SbLJFta70XQTwRVKh4b4is50qVHbgQCwZN+myZ27tyLIwQns43esAmge0t17HcdfzJOUJjeUyoNaNhsO9Q/EYkJhb8QwPF2bn1XNrIwu+BA0RExRncJkEPYAoYAJ8Yli1iGFsvt9LAgkGTqd1ixegVnaT1XtJu8aNnvsfYZyt6L7CBTSJn5C9b7wtHqVcqZ3ToFV3XrfVKIbApxPjoFe3G2ErOZL1SgQSC1ivKmi4EFABUDXSaXZdF4mZvF+y2jDb7FnMQzPcxPawaSGK4CFn3mIxjLOZ4mAxiolxKiKoEtQvz+FwKCiRC0mU=';

test('a block that would be decompressed for ever is damaged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ais-endless-'));
  try {
    const path = join(folder, 'posts.jsonl.zst');
    await writeFile(path, Buffer.from(ENDLESS, 'base64'));
    const read = async (): Promise<void> => {
      for await (const bytes of readFileBytes(path)) expect(bytes.length).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toMatchObject({ name: 'DataError', code: 'damaged-file' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
