import { freemem } from 'node:os';
import { storedModelSize } from '@ais/language-model';
import { BackendUnavailableError, useBackend } from '@ais/runtime';
import { StudyError } from '../errors.js';

/**
 * Checks that a back end runs on which the demo of a model ends in reasonable time, unless a slower one is asked for.
 *
 * @param use what makes a back end run; `useBackend` by default
 * @throws {StudyError} `no-fast-backend` saying what it costs, and how to get one
 * @example
 * await requireDemoBackend('wasm'); // throws if it does not run here
 */
export async function requireDemoBackend(
  name: string,
  use: (name: string) => Promise<unknown> = useBackend,
): Promise<void> {
  try {
    await use(name);
  } catch (cause) {
    if (!(cause instanceof BackendUnavailableError) || !name.startsWith('native')) throw cause;
    const why = cause.detail.replace(/\.?$/, '.');
    throw new StudyError(
      'no-fast-backend',
      `The demo on a model takes about an hour with native TensorFlow on two cores, and does not start without it. ${why} ` +
        'With --backend wasm it runs anywhere, in about four times the time.',
      { cause },
    );
  }
}

/** What the program, its back end, and the intermediates of a step take, in bytes. */
const BESIDES = 2e9;

/** Float32 copies of the weights: policy and reference; and of what is trained gradients and two moments. */
const COPIES = { whole: 5, lora: 2.2 };

/**
 * Checks that a model can be trained beside its reference in the memory that is free.
 *
 * @param free bytes; what the operating system says by default
 * @throws {StudyError} `too-little-memory` saying how much is missing, and what takes less
 * @example
 * const free = 16e9;
 * await requireDemoMemory(modelFolder, { lora: true }, free); // throws if the model does not fit
 */
export async function requireDemoMemory(
  directory: string,
  { lora }: { readonly lora: boolean },
  free: number = freeBytes(),
): Promise<void> {
  const { parameters } = await storedModelSize(directory);
  const bytes = (copies: number): number => 4 * parameters * copies + BESIDES;
  const needed = bytes(lora ? COPIES.lora : COPIES.whole);
  if (needed <= free) return;
  const gigabytes = (value: number): string => `${(value / 1e9).toFixed(1)} GB`;
  const advice =
    !lora && bytes(COPIES.lora) <= free
      ? `Use --lora, which takes about ${gigabytes(bytes(COPIES.lora))}.`
      : `Free some memory, or use a smaller model${lora ? '' : `; --lora takes about ${gigabytes(bytes(COPIES.lora))}`}.`;
  throw new StudyError(
    'too-little-memory',
    `Training a model of ${Math.round(parameters / 1e6)} million parameters takes about ${gigabytes(needed)} of memory, and ${gigabytes(free)} are free. ${advice}`,
  );
}

/** Memory that is free, within the limit of a container. */
function freeBytes(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(freemem(), limit) : freemem();
}
