/** A pattern such as `Question: {question}` taken apart: literal text and the names of fields, in order. */
export type Pattern = readonly PatternPart[];

export type PatternPart = { readonly literal: string } | { readonly field: string };

/** What is wrong with a pattern, in words. */
export class PatternError extends Error {}

const PART = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

/**
 * Takes a pattern apart. `{name}` stands for a field; `{{` and `}}` stand for braces.
 *
 * @throws {PatternError} naming what is not a placeholder
 */
export function parsePattern(text: string): Pattern {
  const parts: PatternPart[] = [];
  let literal = '';
  let end = 0;
  const finish = (): void => {
    if (literal !== '') parts.push({ literal });
    literal = '';
  };
  for (const match of text.matchAll(PART)) {
    const [found, field] = match;
    literal += text.slice(end, match.index);
    end = match.index + found.length;
    if (found === '{{' || found === '}}') literal += found[0];
    else if (field !== undefined && NAME.test(field)) {
      finish();
      parts.push({ field });
    } else {
      throw new PatternError(
        `${JSON.stringify(found)} is not a placeholder. Write {name} for a field, and {{ or }} for a brace`,
      );
    }
  }
  literal += text.slice(end);
  finish();
  return parts;
}

/** The fields of a pattern, each once, in the order in which it has them. */
export function patternFields(pattern: Pattern): string[] {
  return [...new Set(pattern.flatMap((part) => ('field' in part ? [part.field] : [])))];
}
