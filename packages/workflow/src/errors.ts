import { AisError, type ErrorExit } from '@ais/runtime/errors';

/** Everything that can go wrong in @ais/workflow, by code. */
export type WorkflowErrorCode =
  | 'stage-mismatch'
  | 'stage-busy'
  | 'stage-failed'
  | 'inputs-missing'
  | 'inputs-changed'
  | 'artifact-damaged'
  | 'invalid-order'
  | 'invalid-registry'
  | 'invalid-address'
  | 'invalid-option'
  | 'missing-package'
  | 'access-denied'
  | 'store-failed'
  | 'conformance';

/** An error of @ais/workflow; `code` says which one, and the message names the remedy. */
export class WorkflowError extends AisError<WorkflowErrorCode> {
  static override readonly package: string = '@ais/workflow';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'invalid-option': 'usage',
  } satisfies Partial<Record<WorkflowErrorCode, ErrorExit>>;
  override readonly name: string = 'WorkflowError';
}
