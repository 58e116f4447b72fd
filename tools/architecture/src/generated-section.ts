/**
 * A page with what is between `<!-- generated: NAME -->` and `<!-- end -->` replaced.
 *
 * @throws if the page has no such section
 */
export function replaceSection(page: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} -->\n`;
  const from = page.indexOf(start);
  const to = page.indexOf('\n<!-- end -->', from);
  if (from < 0 || to < 0)
    throw new Error(`The page has no section between "${start.trim()}" and "<!-- end -->".`);
  return `${page.slice(0, from + start.length)}\n${content}\n${page.slice(to)}`;
}
