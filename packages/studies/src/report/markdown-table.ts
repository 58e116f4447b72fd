/** A table in Markdown; the cells are Markdown already, text goes through {@link markdownText}. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Text of a model or a person, safe inside a table's cell. */
export function markdownText(text: string): string {
  return text.replace(/[\\|<>*_`[\]]/g, '\\$&').replace(/\s+/g, ' ') || '*(empty)*';
}
