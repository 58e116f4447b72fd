import type { Row } from '@ais/data/formats';
import { PipelineError } from '../errors.js';

/** Where a row is, in words. */
export function placeOf({ place }: Row, name: string): string {
  return `${name}, ${place.line === undefined ? `row ${place.row}` : `line ${place.line}`}`;
}

/** What is wrong with a field of a row. */
export function pairFault(row: Row, field: string, problem: string, name: string): PipelineError {
  return new PipelineError('invalid-setting', `${placeOf(row, name)}, field "${field}": ${problem}.`, {
    key: 'pairs',
  });
}

/** There are no pairs, or none are left, with what happened to them. */
export function noPairsError(name: string, remarks: readonly string[] = []): PipelineError {
  const why = remarks.map((remark) => ` ${remark.replace(/\.$/, '')}.`).join('');
  return new PipelineError('too-little-text', `${name} has no pairs${why === '' ? '.' : ` left.${why}`}`, {
    key: 'pairs',
  });
}

/** Whether a row has a value. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isSafeInteger);
}
