import type { StudyClaim } from '../../claims/study-claim.js';
import { findSweep, withAndWithout } from '../../measures/find-sweep.js';
import { differenceAtEnd } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = (['D2', 'D3'] as const).map(
  (data): StudyClaim => ({
    statement: `On ${data}, weights that know the policy that wrote the pairs win more than weights by the SFT model.`,
    measure: (study) => {
      const found = withAndWithout(study, 'dpo', data);
      const informed = findSweep(study, {
        objective: 'dpo',
        importance: 'inverse-length',
        behavior: 'data',
        data,
      });
      if (!found || !informed) return undefined;
      return {
        end: differenceAtEnd(informed, found.adaptive),
        plain: differenceAtEnd(informed, found.plain),
      };
    },
    criterion: { holds: [{ of: 'end', above: 0 }], inPart: [{ of: 'plain', above: 0 }] },
  }),
);
