/**
 * What stands before a metric among some names: nothing, or the label of a term of a `weightedSum` and a slash.
 *
 * `weights/mean` of an objective in a sum is called `ais-dpo/weights/mean`, unless it is the first term.
 */
export function termPrefixes(names: Iterable<string>, metric: string): string[] {
  return [...names]
    .filter((name) => name === metric || name.endsWith(`/${metric}`))
    .map((name) => name.slice(0, -metric.length));
}

/** The term of a prefix in words, after the name of a metric: " of ais-dpo", or nothing. */
export function ofTerm(prefix: string): string {
  return prefix && ` of ${prefix.slice(0, -1)}`;
}
