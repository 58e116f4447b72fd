/** A table in Markdown; the cells are Markdown already, text goes through {@link markdownText}. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A sentence of this package with names of others in it: nothing in it opens a tag, or ends a line or a cell. */
export function markdownSentence(text: string): string {
  return text.replace(/<(?=[a-z/!?])|[`|]/gi, '\\$&').replace(/\s+/g, ' ');
}

/** Code in one line, whatever it holds, safe inside a table's cell. */
export function markdownCode(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = /^`|`$/.test(text) ? ' ' : '';
  return `${fence}${space}${text.replace(/\s+/g, ' ').replaceAll('|', '\\|')}${space}${fence}`;
}

/** Text of a model or a person, safe inside a table's cell. */
export function markdownText(text: string): string {
  return text.replace(/[\\|<>*_`[\]]/g, '\\$&').replace(/\s+/g, ' ') || '*(empty)*';
}
