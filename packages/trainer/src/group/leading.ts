import { TrainerError } from '../errors.js';
import type { ProcessGroup } from './process-group.js';

/**
 * Gives every process a value of rank 0.
 *
 * @param value of rank 0, as JSON can write it; what others give is not looked at
 */
export async function fromFirst<T>(group: ProcessGroup, value?: T): Promise<T> {
  const content = group.rank === 0 ? new TextEncoder().encode(JSON.stringify(value)) : undefined;
  const length = new Uint8Array(new ArrayBuffer(4));
  const view = new DataView(length.buffer);
  if (content) view.setUint32(0, content.length);
  await group.broadcast(length);
  const bytes = new Uint8Array(new ArrayBuffer(view.getUint32(0)));
  if (content) bytes.set(content);
  await group.broadcast(bytes);
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}

/**
 * Lets rank 0 do work whose result every process needs, and waits for it elsewhere.
 *
 * @throws {TrainerError} `other-process` where rank 0 fails; rank 0 throws what the work throws
 */
export async function byFirst<T>(group: ProcessGroup, work: () => Promise<T>): Promise<T> {
  if (group.size === 1) return work();
  if (group.rank > 0) {
    const told = await fromFirst<Outcome<T>>(group);
    if ('failed' in told) throw otherProcess(told.failed);
    return told.value;
  }
  let value: T;
  try {
    value = await work();
  } catch (error) {
    await fromFirst<Outcome<T>>(group, { failed: messageOf(error) });
    throw error;
  }
  await fromFirst<Outcome<T>>(group, { value });
  return value;
}

type Outcome<T> = { readonly value: T } | { readonly failed: string };

/** What other ranks throw when rank 0 fails. */
export function otherProcess(message: string): TrainerError {
  return new TrainerError('other-process', `Rank 0 stopped: ${message}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
