import { hasColors, styled } from './colors.js';

/** How `ais` begins what it says of a failure on standard error. */
export function failurePrefix(): string {
  return hasColors(process.stderr) ? styled('red', 'ais:') : 'ais:';
}
