import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainerError } from '../errors.js';

/** Samples that several updates learn from. */
export interface KeptSamples<T> {
  /** Those that an earlier update of the same batch left; undefined if this step has to draw its own. */
  at(step: number): T | undefined;
  keep(step: number, samples: T): void;
  /** With a checkpoint, because the policy that drew them is gone: a resumed run learns from the same. */
  save(directory: string): Promise<void>;
  restore(directory: string): Promise<void>;
}

const FILE = 'samples.json';
/** Changes with what is written. */
const FORMAT = 2;

/**
 * Keeps what a batch was drawn for all of its updates.
 *
 * Numbers are written so that they are read back bit for bit, and log-probabilities under the policy that sampled are among them.
 *
 * @param iterations updates on the same samples; with 1 nothing is kept
 */
export function keptSamples<T>(iterations: number): KeptSamples<T> {
  let kept: { readonly batch: number; readonly samples: T } | undefined;
  const batchOf = (step: number): number => Math.floor(step / iterations);
  return {
    at: (step) => (step % iterations > 0 && kept?.batch === batchOf(step) ? kept.samples : undefined),
    keep(step, samples) {
      if (iterations > 1) kept = { batch: batchOf(step), samples };
    },
    async save(directory) {
      if (kept) await writeFile(join(directory, FILE), JSON.stringify({ format: FORMAT, ...kept }));
    },
    async restore(directory) {
      const file = join(directory, FILE);
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (text === undefined) {
        kept = undefined;
        return;
      }
      const { format, ...found } = JSON.parse(text) as NonNullable<typeof kept> & { format?: unknown };
      if (format !== FORMAT) {
        throw new TrainerError(
          'checkpoint-mismatch',
          `${file} was written by another version. Resume with that version, or start the run again.`,
        );
      }
      kept = found;
    },
  };
}
