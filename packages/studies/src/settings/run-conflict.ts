import { isDeepStrictEqual } from 'node:util';
import { runTitle } from '../data/run-title.js';
import type { StudyMethod } from '../data/study-method.js';
import type { StudyRunSettings } from '../data/study-run-settings.js';

/**
 * Why the runs of a study cannot be told apart; undefined if they can be.
 *
 * Charts, tables, and claims know a run by its title, data, and β, and a method by its title.
 *
 * @param placeOf a run's place in the file or the settings, by its number
 */
export function runConflict(
  runs: readonly StudyRunSettings[],
  placeOf: (index: number) => string = (index) => `runs[${index}]`,
): string | undefined {
  const methods = new Map<string, { readonly place: string; readonly method: object }>();
  const places = new Map<string, string>();
  for (const [index, run] of runs.entries()) {
    const { title } = run.method;
    const place = placeOf(index);
    const method = withoutTitle(run.method);
    const known = methods.get(title);
    if (known && !isDeepStrictEqual(known.method, method)) {
      return `${place}.title: "${title}" is another method in ${known.place}. Give each method a title of its own.`;
    }
    methods.set(title, { place, method });
    const name = JSON.stringify([title, run.data, run.beta]);
    const before = places.get(name);
    if (before !== undefined) {
      const where = before === place ? 'listed twice' : `in ${before} too`;
      return `${place}: ${runTitle(run)} is ${where}. Remove one, or give it another title, β, or data.`;
    }
    places.set(name, place);
  }
  return undefined;
}

/** What a method optimizes, with the values that are meant where nothing is said. */
function withoutTitle({ title: _, ...method }: StudyMethod): object {
  return { behavior: 'reference', importance: 'none', ...JSON.parse(JSON.stringify(method)) };
}
