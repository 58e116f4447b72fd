import type { StudySweep } from '../measures/study-lines.js';
import type { NamedChart } from './named-chart.js';

/** What tells the charts of one panel from those of the others. */
export interface Panel {
  /** Behind a chart's name. */
  readonly suffix: string;
  /** Behind a chart's title. */
  readonly title: string;
}

/** A panel of its own for each value of something about a sweep. */
interface Panels {
  readonly keyOf: (sweep: StudySweep) => string;
  /** What a value is called in a title; in a file's name, what of that can be in one. */
  readonly titleOf: (value: string) => string;
  readonly nameOf: (value: string) => string;
}

/** A panel for each objective. */
export const byObjective: Panels = {
  keyOf: ({ method }) => method.objective,
  titleOf: (objective) => (isModule(objective) ? moduleTitle(objective) : objective.toUpperCase()),
  nameOf: (objective) =>
    isModule(objective) ? moduleTitle(objective).replaceAll(/[^\w-]+/g, '-') : objective,
};

/** A panel for each data set. */
export const byData: Panels = {
  keyOf: ({ data }) => data,
  titleOf: (data) => data,
  nameOf: (data) => data,
};

/** Whether an objective is a module or one of its exports, and not a name of the registry. */
function isModule(objective: string): boolean {
  return !/^[\w-]+$/.test(objective);
}

/** A module by its file alone: `mine` for `/home/me/mine.mjs`, and `mine#second` for one of its exports. */
function moduleTitle(objective: string): string {
  const [path = '', exported] = objective.split('#');
  const file = (path.split(/[/\\]/).at(-1) ?? path).replace(/\.[cm]?[jt]s$/, '');
  return exported === undefined ? file : `${file}#${exported}`;
}

/** The charts of each panel, drawn from the methods that belong to it. */
export function eachPanel(
  sweeps: readonly StudySweep[],
  { keyOf, titleOf, nameOf }: Panels,
  draw: (own: readonly StudySweep[], panel: Panel) => readonly NamedChart[],
): NamedChart[] {
  const values = [...new Set(sweeps.map(keyOf))];
  return values.flatMap((value, index) => {
    // Modules of two folders may have one name.
    const before = values.slice(0, index).filter((each) => nameOf(each) === nameOf(value)).length;
    const panel =
      before === 0
        ? { suffix: `-${nameOf(value)}`, title: `, ${titleOf(value)}` }
        : { suffix: `-${nameOf(value)}-${before + 1}`, title: `, ${titleOf(value)} (${before + 1})` };
    return draw(
      sweeps.filter((sweep) => keyOf(sweep) === value),
      panel,
    );
  });
}
