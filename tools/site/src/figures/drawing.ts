/** The width of every drawing; at 375 pixels of a phone its text is still read. */
export const WIDTH = 480;

/** The colors: those of the page that shows the drawing, or their light ones where there is no page. */
export const color = {
  ink: 'var(--idea-ink, #1f2933)',
  muted: 'var(--idea-muted, #5b6672)',
  line: 'var(--idea-line, #cbd2d9)',
  fill: 'var(--idea-fill, #f3f6f8)',
  plain: 'var(--idea-plain, #b45309)',
  weighted: 'var(--idea-weighted, #0f766e)',
} as const;

export type Point = readonly [x: number, y: number];

export interface TextOptions {
  readonly size?: number;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: number;
}

/** A whole drawing with its title, which is what those hear who do not see it. */
export function drawing(height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}"`,
    ` font-family="Inter, system-ui, sans-serif" font-size="13">\n`,
    `<title>${escaped(title)}</title>\n`,
    parts.join('\n'),
    '\n</svg>\n',
  ].join('');
}

export function text([x, y]: Point, content: string, options: TextOptions = {}): string {
  const { size = 13, fill = color.ink, anchor = 'start', weight = 400 } = options;
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" style="fill: ${fill}">${escaped(content)}</text>`;
}

export function path(
  points: readonly Point[],
  stroke: string,
  options: { readonly dashed?: boolean; readonly width?: number } = {},
): string {
  const { dashed = false, width = 2 } = options;
  const d = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  return `<path d="${d}" fill="none" stroke-width="${width}" stroke-linejoin="round"${dashed ? ' stroke-dasharray="5 4"' : ''} style="stroke: ${stroke}"/>`;
}

export function dot([x, y]: Point, fill: string, hollow = false): string {
  return hollow
    ? `<circle cx="${round(x)}" cy="${round(y)}" r="4.5" fill="none" stroke-width="2" style="stroke: ${fill}"/>`
    : `<circle cx="${round(x)}" cy="${round(y)}" r="5" style="fill: ${fill}"/>`;
}

export function box([x, y]: Point, width: number, height: number, stroke: string = color.line): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" stroke-width="1.5" style="fill: ${color.fill}; stroke: ${stroke}"/>`;
}

/** A straight arrow, or one by way of further points. */
export function arrow(points: readonly Point[], stroke: string = color.muted): string {
  const [[x, y], [beforeX, beforeY]] = [points.at(-1) ?? [0, 0], points.at(-2) ?? [0, 0]];
  const angle = Math.atan2(y - beforeY, x - beforeX);
  const side = (turn: number): Point => [x + 9 * Math.cos(angle + turn), y + 9 * Math.sin(angle + turn)];
  return `${path(points, stroke, { width: 1.5 })}${path([side(2.6), [x, y], side(-2.6)], stroke, { width: 1.5 })}`;
}

/** A linear scale from values to pixels. */
export function scale([low, high]: Point, [from, to]: Point): (value: number) => number {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
