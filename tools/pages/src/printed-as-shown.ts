/**
 * The lines of what a page shows that a command did not print. Numbers may differ, `…` stands for anything, and other lines
 * may come between.
 */
export function missingLines(shown: string, printed: string): string[] {
  const lines = printed.split('\n').map((line) => line.trim());
  let from = 0;
  return shown
    .trim()
    .split('\n')
    .filter((line) => {
      const found = lines.findIndex((other, index) => index >= from && patternOf(line).test(other));
      if (found >= 0) from = found + 1;
      return found < 0;
    });
}

function patternOf(line: string): RegExp {
  const literal = line.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('…', '.*').replace(/\d+(\\\.\d+)?/g, '[\\d.e-]+')}$`);
}
