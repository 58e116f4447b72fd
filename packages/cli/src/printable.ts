/**
 * A text that a terminal only shows: control characters, and those that turn the direction of writing, are written by name.
 * Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(
    /(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`,
  );
}

/** Writes a warning on standard error. */
export function warn(message: string): void {
  process.stderr.write(`${printable(message)}\n`);
}
