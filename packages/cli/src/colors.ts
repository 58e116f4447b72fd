/** A stream that may be a terminal. */
interface Output {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/**
 * Whether text on a stream may have colors: on a terminal that shows them, unless `NO_COLOR` is set; anywhere with
 * `FORCE_COLOR`.
 *
 * @see https://no-color.org and https://force-color.org
 */
export function hasColors(
  stream: Output,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const { NO_COLOR: none, FORCE_COLOR: forced } = environment;
  if (none) return false;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && stream.hasColors?.() === true;
}

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], cyan: [36, 39] } as const;
export type Style = keyof typeof codes;

/** A text with the codes of a style around it. */
export function styled(style: Style, text: string): string {
  const [start, end] = codes[style];
  return text === '' ? '' : `\u001B[${start}m${text}\u001B[${end}m`;
}
