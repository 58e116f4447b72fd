/** Text that Markdown shows as it is, in one line. */
export function plainText(text: string): string {
  return shown(text)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_{}[\]<>#|~$&!()]/g, '\\$&');
}

/** Text of any number of lines, in a block that nothing in it can end. */
export function textBlock(text: string, language = 'text'): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${shown(text).trimEnd()}\n${fence}`;
}

/** Control characters, and those that turn the direction of writing, are replaced; line breaks and tabs stay. */
function shown(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
