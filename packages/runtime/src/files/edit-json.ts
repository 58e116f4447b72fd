/**
 * Sets keys of a JSON object, and keeps everything else: order, and numbers that JavaScript would round or write in another way, such
 * as the `model_max_length` of 1000000000000000019884624838656 that `transformers` writes.
 *
 * @param text a JSON object; a byte-order mark before it is left out
 * @returns the text, indented by two spaces, with a newline at its end
 * @throws {SyntaxError} if it is no JSON
 * @example
 * console.log(editJson('{"max": 1e30}', { eos: '</s>' }).split('\n')[1]?.trim()); // "max": 1e30,
 */
export function editJson(text: string, keys: Readonly<Record<string, unknown>>): string {
  // A number that does not come back as it was goes through as a string that no file has.
  const kept = text
    .replace(/^\uFEFF/, '')
    .replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (part) =>
      part.startsWith('"') || String(Number(part)) === part ? part : `"\\u0000${part}"`,
    );
  const edited = { ...(JSON.parse(kept) as object), ...keys };
  return `${JSON.stringify(edited, null, 2).replace(/"\\u0000([\d.eE+-]+)"/g, '$1')}\n`;
}
