import { type StageSpec, stageSpec } from '@ais/workflow';
import { type ExactFactors, type ExactRow, shifts } from '../exact/exact-row.js';
import { type ExactDesign, type ExactStudySettings, firstSeedOf } from '../settings/exact-settings.js';
import { stageKinds } from '../stages/stage-kinds.js';

/** One world of the study, and the stage that compares the methods in it. */
export interface PlannedWorld {
  readonly part: ExactRow['part'];
  readonly factors: ExactFactors;
  readonly stage: StageSpec<(typeof stageKinds)['exact']>;
}

/** The worlds of the study: those of the main effects with all seeds, and those of the grid with its looks. */
export function planExact(settings: ExactStudySettings): PlannedWorld[] {
  const { exact, seeds, looks = [seeds.length] } = settings;
  const firstSeed = firstSeedOf(settings);
  const plan = (part: ExactRow['part'], factors: ExactFactors, isCrossed: boolean): PlannedWorld => ({
    part,
    factors,
    stage: stageSpec(
      stageKinds.exact,
      {
        world: {
          vocabulary: exact.vocabulary,
          ...factors,
          referenceSpread: exact.referenceSpread,
          shiftTemperature: exact.shiftTemperature,
        },
        training: exact.training,
        betas: part === 'main' ? mainBetas(exact) : exact.levels.betas,
        shifts: isCrossed ? shifts : ['none'],
        looks: part === 'main' ? [seeds.length] : looks,
        // What begins with the first seed keeps the key that it had before seeds could begin elsewhere.
        ...((exact.firstSeed !== undefined || firstSeed !== 1) && { firstSeed }),
      },
      {},
      // Its numbers are of no back end; a stage that names one gets a process of its own.
      'cpu',
    ),
  });
  return [
    // Of the main effects, shift is one: it is measured at the base.
    ...mainWorlds(settings).map((factors, index) => plan('main', factors, index === 0)),
    ...(exact.grid ? gridWorlds(settings).map((factors) => plan('grid', factors, true)) : []),
  ];
}

/** The base, and it with another level of one factor. */
function mainWorlds({ exact: { base, levels } }: ExactStudySettings): ExactFactors[] {
  const { beta: _, ...center } = base;
  const worlds = [
    center,
    ...levels.lengths.map((length) => ({ ...center, length })),
    ...levels.contexts.map((context) => ({ ...center, context })),
    ...levels.pairs.map((pairs) => ({ ...center, pairs })),
    ...levels.flips.map((flips) => ({ ...center, flips })),
  ];
  return [...new Map(worlds.map((world) => [JSON.stringify(world), world])).values()];
}

/** The levels of β, and the base's where it is none of them: main effects are read at the base. */
function mainBetas({ base, levels: { betas } }: ExactDesign): readonly number[] {
  return betas.includes(base.beta) ? betas : [...betas, base.beta].toSorted((a, b) => a - b);
}

function gridWorlds({ exact: { levels } }: ExactStudySettings): ExactFactors[] {
  return levels.lengths.flatMap((length) =>
    levels.contexts.flatMap((context) =>
      levels.pairs.flatMap((pairs) => levels.flips.map((flips) => ({ length, context, pairs, flips }))),
    ),
  );
}

/** `T 6, context 3, N 500, flips 0`. */
export function worldTitle({ length, context, pairs, flips }: ExactFactors): string {
  return `T ${length}, context ${context}, N ${pairs}, flips ${flips}`;
}
