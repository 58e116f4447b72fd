import { z } from 'zod';
import { WorkflowError } from '../errors.js';
import type { StageOrder } from '../stage-order.js';

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
 * The order in a job's payload: whoever can write to the queue chose it.
 *
 * @throws {WorkflowError} `invalid-order` naming what is wrong
 */
export function readPayload(value: unknown): StageOrder {
  const parsed = payload.safeParse(value);
  if (parsed.success) return parsed.data as StageOrder;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the payload';
  throw new WorkflowError('invalid-order', `a job on the queue is no order: ${where}: ${issue?.message}.`);
}
