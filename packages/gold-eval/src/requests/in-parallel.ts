import { GoldEvalError } from '../errors.js';

/**
 * Does the work of all items, several at once.
 *
 * After a failure nothing new is started, but what is under way comes to its end, because its answers are paid for.
 *
 * @returns [items] -> [items], in order
 * @throws the first failure
 */
export async function inParallel<Item, Value>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item, index: number) => Promise<Value>,
  onProgress?: (done: number) => void,
): Promise<Value[]> {
  if (!(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new GoldEvalError('invalid-option', `concurrency must be an integer ≥ 1, got ${concurrency}.`);
  }
  const values: Value[] = [];
  const failures: unknown[] = [];
  const queue = items.entries();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      try {
        values[index] = await work(item, index);
        done += 1;
        onProgress?.(done);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return values;
}
