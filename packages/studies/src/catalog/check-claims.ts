import type { StudyRunSettings } from '../data/study-run-settings.js';
import { StudyError } from '../errors.js';
import { comparesTwo } from '../measures/named-measures.js';
import { controls } from '../methods/methods.js';

/** What a claim in a study's file says of its methods and its bound. */
export interface DescribedClaim {
  readonly measure: string;
  readonly of: string;
  readonly than?: string | undefined;
  readonly data?: string | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

/**
 * Checks that claims are about runs that a study has: a claim about any other would be left out of its report.
 *
 * @param runs of the study; controls may be added to them by settings
 * @throws {StudyError} `invalid-study` naming the file and the field
 */
export function checkClaims(
  claims: readonly DescribedClaim[],
  runs: readonly Pick<StudyRunSettings, 'method' | 'data'>[],
  file: string,
): void {
  const titles = [...new Set(runs.map(({ method }) => method.title))];
  const added = new Set(Object.values(controls).map(({ title }) => title));
  for (const [index, { measure, of, than, data, above, below }] of claims.entries()) {
    const refuse = (field: string, message: string): never => {
      throw new StudyError('invalid-study', `${file}: claims[${index}].${field}: ${message}`);
    };
    if (comparesTwo(measure) && than === undefined)
      refuse('than', `${measure} compares two methods. Name the other one.`);
    if (!comparesTwo(measure) && than !== undefined)
      refuse('than', `${measure} is about one method. Leave it out, or use a measure that compares two.`);
    if (than === of) refuse('than', `expected another method than "${of}".`);
    for (const [field, title] of Object.entries({ of, than })) {
      if (title === undefined || (added.has(title) && !titles.includes(title))) continue;
      const own = runs.filter(({ method }) => method.title === title);
      if (own.length === 0)
        refuse(field, `no run has the title "${title}". Use one of: ${titles.join(', ')}.`);
      if (data !== undefined && own.every((run) => run.data !== data))
        refuse(
          'data',
          `"${title}" has no run on ${data}. Use one of: ${[...new Set(own.map((run) => run.data))].join(', ')}.`,
        );
    }
    if (above !== undefined && below !== undefined && above >= below)
      refuse('above', `expected less than below (${below}), got ${above}.`);
  }
}
