import { z } from 'zod';
import { WorkflowError } from './errors.js';
import type { StageOrder } from './stage-order.js';

const key = z.string().regex(/^[0-9a-f]{64}$/);
/** The name of a folder in the store: never a path, and not one of the store's own. */
const folder = z.string().regex(/^[A-Za-z0-9_][\w.-]{0,199}$/);
const place = z.strictObject({ key, folder });

const payload = z.strictObject({
  kind: z.string().min(1).max(100),
  key,
  folder,
  settings: z.json(),
  needs: z.record(z.string().max(100), place),
  backend: z.string().max(100).optional(),
  hints: z.json().optional(),
  title: z.string().max(1000),
  priority: z.number().optional(),
});

/**
 * The order in what another program has written: a job's payload, a file.
 *
 * @param what names it in the message
 * @throws {WorkflowError} `invalid-order` naming what is wrong
 * @example
 * const order = stageOrder(stageSpec(numbers, { upTo: 2 }, {}), directoryStore('runs/read'), 'two numbers');
 * console.log(readOrder(JSON.parse(JSON.stringify(order)), 'order.json').title); // two numbers
 */
export function readOrder(value: unknown, what: string): StageOrder {
  const parsed = payload.safeParse(value);
  if (parsed.success) return parsed.data as StageOrder;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'all of it';
  throw new WorkflowError(
    'invalid-order',
    `${what} is not the order of a stage: ${where}: ${issue?.message}.`,
  );
}
