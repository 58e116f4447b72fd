import type { ExecutionContext } from './perform-stage.js';
import type { StageOrder } from './stage-order.js';

/** Has stages run somewhere: in this process, in others, on other machines. */
export interface Executor {
  /** Stages that it works on at once. */
  readonly slots: number;
  /**
   * Has a stage run, and waits until it is finished in the store.
   *
   * An order may be executed twice, here or elsewhere: the stage is finished once.
   *
   * @throws {WorkflowError} `stage-busy` if somebody else works on it: try again later
   * @throws what went wrong, told apart by `code` and `name` as where it was thrown
   */
  execute(order: StageOrder, context: ExecutionContext): Promise<void>;
}
