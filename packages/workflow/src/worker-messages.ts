import type { StageProgress } from './stage-kind.js';
import type { StageOrder } from './stage-order.js';
import type { StoreAddress } from './stage-store.js';

/** What a worker process is told. */
export type WorkerRequest =
  | {
      readonly type: 'perform';
      readonly order: StageOrder;
      readonly store: StoreAddress;
      /** The module that exports the kinds of stages. */
      readonly module: string;
    }
  | { readonly type: 'abort' };

/** What a worker process tells: its progress, its log, and how it ended. */
export type WorkerReport =
  | { readonly type: 'progress'; readonly progress: StageProgress }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly error: ErrorReport };

/** An error on its way to another process. */
export interface ErrorReport {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** What tells errors apart and how a command ends: plain values only. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The package that it belongs to. */
  readonly mark?: string;
}

const MARK = Symbol.for('@ais/error');

/** An error as plain JSON. */
export function reportError(thrown: unknown): ErrorReport {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack } = error;
  const { stack: _stack, message: _message, name: _name, cause: _cause, ...rest } = { ...error };
  const mark = (error as { readonly [MARK]?: unknown })[MARK];
  const properties = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value === null || typeof value !== 'object'),
  );
  return { name, message, stack, properties, ...(typeof mark === 'string' && { mark }) };
}

/** The error again: `instanceof` and `code` tell it apart as in the process that threw it. */
export function restoreError({ name, message, stack, properties, mark }: ErrorReport): Error {
  const error = new Error(message);
  Object.defineProperty(error, 'name', { value: name });
  if (stack !== undefined) Object.defineProperty(error, 'stack', { value: stack });
  if (mark !== undefined) Object.defineProperty(error, MARK, { value: mark });
  return Object.assign(error, properties);
}
