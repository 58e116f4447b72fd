import { pageTheme } from './theme.js';

/** Outlines of the marks that the charts use, by position, in a box of 16 × 16. */
const outlines: readonly string[] = [
  '<circle cx="8" cy="8" r="6"/>',
  '<rect x="2.5" y="2.5" width="11" height="11"/>',
  '<path d="M8 2L14.5 13.5H1.5Z"/>',
  '<path d="M8 1L14 8L8 15L2 8Z"/>',
  '<path d="M8 14L1.5 2.5H14.5Z"/>',
  '<path d="M6 2h4v4h4v4h-4v4H6v-4H2V6h4Z"/>',
  '<path d="M2.5 1.5L14 8L2.5 14.5Z"/>',
];

/** A method's mark in its color as SVG, to be put before its name: the same as in the charts. */
export function methodMark(position: number): string {
  return `<svg class="mark" viewBox="0 0 16 16" aria-hidden="true" fill="${methodColor(position)}">${outlines[position % outlines.length] ?? ''}</svg>`;
}

/** A method's color on a page. */
export function methodColor(position: number): string {
  return pageTheme.series[position % pageTheme.series.length] ?? pageTheme.series[0];
}
