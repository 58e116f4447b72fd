/**
 * How prompts begin, so that they can be told apart: the lines that all of several share are left out, such as a system message.
 *
 * @param most characters of each
 */
export function promptOpenings(prompts: readonly string[], most: number): string[] {
  const shared = prompts.length > 1 ? sharedLines(prompts) : 0;
  return prompts.map((prompt) => {
    const rest = prompt.slice(shared).replace(/\s+/g, ' ').trim();
    return `${shared > 0 ? '…' : ''}${rest.length > most ? `${rest.slice(0, most).trimEnd()}…` : rest}`;
  });
}

/** Characters of the whole lines with which all begin. */
function sharedLines([first = '', ...others]: readonly string[]): number {
  let length = 0;
  while (length < first.length && others.every((other) => other[length] === first[length])) length += 1;
  return length === first.length ? 0 : first.lastIndexOf('\n', length - 1) + 1;
}
