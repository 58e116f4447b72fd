/** A data set, and the part of it that a name means. */
export interface NamedSplit {
  /** A folder, or `owner/name` on the Hub. */
  readonly dataset: string;
  /** The folder of a data set that has several, such as `comparisons`. */
  readonly configuration?: string;
  readonly split?: string;
}

/**
 * Reads the split in a name: `owner/name:train_prefs`, `folder:test`, `owner/name:comparisons/train`.
 *
 * @returns the name itself as the data set where it says no split
 * @example
 * console.log(namedSplit('owner/name:train_prefs')); // { dataset: 'owner/name', split: 'train_prefs' }
 */
export function namedSplit(name: string): NamedSplit {
  const { dataset, configuration, split } =
    /^(?<dataset>.+):(?:(?<configuration>[\w.-]+)\/)?(?<split>[\w.-]+)$/.exec(name)?.groups ?? {};
  if (dataset === undefined || split === undefined) return { dataset: name };
  return { dataset, ...(configuration !== undefined && { configuration }), split };
}
