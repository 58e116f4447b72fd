import type { StageOrder } from '../stage-order.js';

/** Stages of one kind that Slurm runs as one array of jobs, and the arrays that it waits for. */
export interface JobArray {
  /** Of letters, digits, `-`, and `_`. */
  readonly name: string;
  /** The stages by their index in the array. */
  readonly tasks: ReadonlyMap<number, StageOrder>;
  readonly after: readonly ArrayDependency[];
}

/**
 * What an array waits for: `afterok`, the only stage of another array, which all of its stages need; `aftercorr`, each of its
 * stages the one with the same index; `afterany`, the end of all of them, whichever succeed: then each stage sees for itself
 * whether what it needs is finished.
 */
export interface ArrayDependency {
  readonly array: string;
  readonly how: 'afterok' | 'aftercorr' | 'afterany';
}

/** Slurm allows 1,001 elements unless it is told otherwise. */
const MOST_TASKS = 1000;

/** Where a stage is: its array, and its index there. */
interface Seat {
  readonly array: { readonly name: string; readonly tasks: Map<number, StageOrder> };
  readonly index: number;
}

/**
 * A plan as arrays of jobs, none before those that it waits for.
 *
 * Stages of one kind and one depth share an array, unless they rest on different stages of an array: then those that rest on
 * its stage with index i have the index i too, each in an array of its own, so that each can begin when its own need is
 * finished, whatever the others do.
 *
 * @param plan what a stage needs and is not among them counts as finished
 */
export function jobArrays(plan: readonly StageOrder[]): JobArray[] {
  const seats = new Map<string, Seat>();
  const arrays: Seat['array'][] = [];
  for (const layer of layersOf(plan)) {
    const ranks = new Map<string, number>();
    const groups = new Map<string, { readonly order: StageOrder; readonly main: Seat | undefined }[]>();
    for (const order of layer) {
      const main = mainNeed(order, seats);
      const ranked = JSON.stringify([order.kind, main?.array.name, main?.index]);
      const rank = main ? (ranks.get(ranked) ?? 0) : 0;
      ranks.set(ranked, rank + 1);
      const group = JSON.stringify([order.kind, main?.array.name, rank]);
      groups.set(group, [...(groups.get(group) ?? []), { order, main }]);
    }
    for (const members of groups.values()) {
      for (let from = 0; from < members.length; from += MOST_TASKS) {
        const part = members.slice(from, from + MOST_TASKS);
        const kind = (part[0]?.order.kind ?? '').replaceAll(/[^\w-]/g, '_');
        const array = { name: `${arrays.length}-${kind}`, tasks: new Map<number, StageOrder>() };
        arrays.push(array);
        part.forEach(({ order, main }, position) => {
          const index = main?.index ?? position;
          array.tasks.set(index, order);
          seats.set(order.key, { array, index });
        });
      }
    }
  }
  return arrays.map((array) => ({ ...array, after: dependencies(array, seats) }));
}

/** The stages by how long the longest way down from them is. */
function layersOf(plan: readonly StageOrder[]): StageOrder[][] {
  const orders = new Map(plan.map((order) => [order.key, order]));
  const depths = new Map<string, number>();
  const depthOf = (order: StageOrder): number => {
    const known = depths.get(order.key);
    if (known !== undefined) return known;
    let depth = 0;
    for (const { key } of Object.values(order.needs)) {
      const need = orders.get(key);
      if (need) depth = Math.max(depth, depthOf(need) + 1);
    }
    depths.set(order.key, depth);
    return depth;
  };
  const layers: StageOrder[][] = [];
  for (const order of plan) {
    const depth = depthOf(order);
    const layer = layers[depth];
    if (layer) layer.push(order);
    else layers[depth] = [order];
  }
  return layers;
}

/** Of what a stage needs, that in the largest array; nothing if all are alone in theirs. */
function mainNeed({ needs }: StageOrder, seats: ReadonlyMap<string, Seat>): Seat | undefined {
  let main: Seat | undefined;
  for (const { key } of Object.values(needs)) {
    const seat = seats.get(key);
    if (seat && seat.array.tasks.size > (main?.array.tasks.size ?? 1)) main = seat;
  }
  return main;
}

function dependencies({ tasks }: Seat['array'], seats: ReadonlyMap<string, Seat>): ArrayDependency[] {
  const needed = new Map<Seat['array'], { readonly from: number; readonly to: number }[]>();
  for (const [from, { needs }] of tasks) {
    for (const { key } of Object.values(needs)) {
      const seat = seats.get(key);
      if (seat) needed.set(seat.array, [...(needed.get(seat.array) ?? []), { from, to: seat.index }]);
    }
  }
  return [...needed].map(([{ name, tasks: others }, pairs]) => {
    // A failure cancels what waits for success: only what needs the failed stage must be canceled.
    const isForAll = new Set(pairs.map(({ from }) => from)).size === tasks.size;
    if (isForAll && others.size === 1) return { array: name, how: 'afterok' };
    const corresponds = isForAll && pairs.every(({ from, to }) => from === to);
    return { array: name, how: corresponds ? 'aftercorr' : 'afterany' };
  });
}
