import { hasLeastBeta, type StudySweep } from './study-lines.js';

/**
 * Two methods at the β that both have finished, so that a difference between them is not one between β; undefined while the least
 * β that was planned is missing from one of them, or if their plans have other least β.
 *
 * Methods of which no β was planned for both have parameters of unlike meaning. Each is then at its own β, and its title says so.
 */
export function atCommonBetas(
  first: StudySweep,
  second: StudySweep,
): readonly [StudySweep, StudySweep] | undefined {
  if (!hasLeastBeta(first) || !hasLeastBeta(second)) return undefined;
  const planned = first.planned.filter((beta) => second.planned.includes(beta));
  if (planned.length === 0) {
    // What was run is not what was planned: the rest may be missing.
    return first.isPlanKnown && second.isPlanKnown ? [namingBeta(first), namingBeta(second)] : undefined;
  }
  if (first.planned.at(-1) !== second.planned.at(-1)) return undefined;
  const finished = new Set(second.lines.map(({ beta }) => beta));
  const common = new Set(first.lines.flatMap(({ beta }) => (finished.has(beta) ? [beta] : [])));
  const only = (sweep: StudySweep): StudySweep => ({
    ...sweep,
    planned,
    lines: sweep.lines.filter(({ beta }) => common.has(beta)),
  });
  return [only(first), only(second)];
}

function namingBeta(sweep: StudySweep): StudySweep {
  const what = ` (least β ${sweep.planned.at(-1)})`;
  return sweep.title.endsWith(what) ? sweep : { ...sweep, title: `${sweep.title}${what}` };
}
