/** A kernel computes its items `from` to `to`; then come scratch memory, if it takes any, and its own values. */
export type WasmKernel = (from: number, to: number, ...values: number[]) => void;

/** One kernel's work. */
export interface KernelWork {
  readonly name: string;
  /** What the kernel computes, one independent of the other: rows, heads, numbers. */
  readonly items: number;
  /** Items that stay together. */
  readonly grain: number;
  /** Parts that the work is cut into, for each thread. */
  readonly partsPerThread: number;
  /** Roughly how many numbers are computed on the way: it does not pay to wake threads for little. */
  readonly operations: number;
  /** Where scratch memory begins, and its bytes for each thread. */
  readonly scratch?: { readonly place: number; readonly bytes: number };
  readonly values: readonly number[];
}
