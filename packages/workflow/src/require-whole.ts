import { WorkflowError } from './errors.js';

/** @throws {WorkflowError} `invalid-option` naming the option that is not an integer, or below the least */
export function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new WorkflowError('invalid-option', `${name} must be an integer ≥ ${least}, got ${value}.`);
}
