import { PipelineError } from '../errors.js';

/** @throws {PipelineError} `invalid-setting` naming the number that is not an integer, or below the least */
export function requireCount(key: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new PipelineError('invalid-setting', `${key} must be an integer ≥ ${least}, got ${value}.`, { key });
}
