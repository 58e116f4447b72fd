import type { StudySweep } from '../measures/study-lines.js';
import type { NamedChart } from './named-chart.js';

/** What tells the charts of one panel from those of the others. */
export interface Panel {
  /** Behind a chart's name. */
  readonly suffix: string;
  /** Behind a chart's title. */
  readonly title: string;
}

/** A panel for each objective. */
export function byObjective({ method }: StudySweep): Panel {
  return { suffix: `-${method.objective}`, title: `, ${method.objective.toUpperCase()}` };
}

/** A panel for each data set. */
export function byData({ data }: StudySweep): Panel {
  return { suffix: `-${data}`, title: `, ${data}` };
}

/** The charts of each panel, drawn from the methods that belong to it. */
export function eachPanel(
  sweeps: readonly StudySweep[],
  panelOf: (sweep: StudySweep) => Panel,
  draw: (own: readonly StudySweep[], panel: Panel) => readonly NamedChart[],
): NamedChart[] {
  const panels = new Map(sweeps.map((sweep) => [panelOf(sweep).suffix, panelOf(sweep)]));
  return [...panels.values()].flatMap((panel) =>
    draw(
      sweeps.filter((sweep) => panelOf(sweep).suffix === panel.suffix),
      panel,
    ),
  );
}
