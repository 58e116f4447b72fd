import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isWholeCheckpoint } from '@ais/trainer/runs';

/**
 * Flips one bit of every byte of every file of a checkpoint, one after another, and puts it back.
 *
 * @param every 1 for every byte, n for each n-th byte of a file
 * @returns how many flips there were, and how many went unnoticed
 */
export async function flipBytes(
  checkpoint: string,
  every: number,
  onProgress: (done: number) => void,
): Promise<{ flips: number; undetected: number }> {
  let flips = 0;
  let undetected = 0;
  for (const name of readdirSync(checkpoint, { recursive: true, encoding: 'utf8' })) {
    const path = join(checkpoint, name);
    if (statSync(path).isDirectory()) continue;
    const file = openSync(path, 'r+');
    const { size } = fstatSync(file);
    const byte = Buffer.alloc(1);
    for (let position = 0; position < size; position += every) {
      readSync(file, byte, 0, 1, position);
      const [whole = 0] = byte;
      writeSync(file, Buffer.of(whole ^ (1 << (position % 8))), 0, 1, position);
      if (await isWholeCheckpoint(checkpoint)) undetected += 1;
      writeSync(file, Buffer.of(whole), 0, 1, position);
      flips += 1;
      if (flips % 1000 === 0) onProgress(flips);
    }
    closeSync(file);
  }
  if (!(await isWholeCheckpoint(checkpoint))) throw new Error(`${checkpoint} was not put back as it was.`);
  return { flips, undetected };
}
