import { openCorpus } from '@ais/pipeline';

/**
 * The family of each prompt that policies are evaluated on, by number, in the order of the prompts; a prompt without one is a family of
 * its own.
 *
 * @param folder of the corpus
 */
export async function promptFamilies(folder: string): Promise<number[]> {
  const { splits } = await openCorpus(folder);
  return numbered(Array.from(splits.evaluation, ({ family }) => family));
}

/** The place at which each name is met first. */
export function numbered(names: readonly (string | undefined)[]): number[] {
  const first = new Map<string, number>();
  return names.map((name, place) => {
    if (name === undefined) return place;
    const known = first.get(name) ?? place;
    first.set(name, known);
    return known;
  });
}
