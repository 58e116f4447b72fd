import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate } from './alternate.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from './context.js';
import { describeMachine } from './machine.js';
import { type ModelName, modelShapes } from './model-shapes.js';
import { preferenceBatch } from './preference-batch.js';
import { preferenceOperations } from './preference-operations.js';
import { pythonEnvironment } from './python-environment.js';
import type { PartsAnswer } from './sides/preference-parts-side.js';
import type { BackendFacts, StepAnswer } from './sides/preference-side.js';
import type { Side } from './sides/side.js';
import { type Spread, spread } from './spread.js';
import { nodeSide, pythonSide, type SideProgram, startSide } from './start-side.js';
import { withTemporaryFolder } from './temporary-folder.js';
import { trlSettings } from './trl-settings.js';

export interface PreferenceBenchmarkSettings {
  readonly backend: string;
  readonly model: ModelName;
  readonly pairs: number;
  readonly microBatchSize: number;
  readonly seed: number;
  /** Steps of each side that count, after one that does not. */
  readonly repetitions: number;
  /** Rounds of the step's parts and of the comparison with importance weights. */
  readonly rounds: number;
  /** The matrices of the machine's rate are of this size. */
  readonly sgemmSize: number;
  /** Names of the settings of TRL; none measures ours alone. */
  readonly trl: readonly string[];
}

/** What one side's steps took. */
export interface SideResult {
  readonly title: string;
  readonly stepSeconds: Spread;
  readonly pairsPerSecond: number;
  /** Of the pairs' own tokens, each prompt once: the same for every side. */
  readonly tokensPerSecond: number;
  readonly peakMemoryBytes: number;
  /** Of the operations that a step needs, whole step, against the side's own rate of matrix products. */
  readonly shareOfSgemm: number;
  /** Floating-point operations a second. */
  readonly sgemmRate: number;
  /** Fields of TRL's `DPOConfig` that differ from its defaults. */
  readonly options?: Readonly<Record<string, string | number | boolean>>;
}

export interface PreferenceResult extends ResultHeader {
  readonly settings: PreferenceBenchmarkSettings;
  readonly backend: string;
  /** Of one batch. */
  readonly tokens: number;
  readonly ours: SideResult;
  /** By the setting's name. */
  readonly trl: Readonly<Record<string, SideResult>>;
  /** The name of TRL's fastest setting in float32. */
  readonly trlFastest?: string;
  readonly parts: {
    /** Forward, backward, norm. */
    readonly gradientSeconds: Spread;
    readonly updateSeconds: Spread;
    /** Of forward and backward: operations needed over the time, against the rate measured beside it. */
    readonly shareOfSgemm: Spread;
  };
  readonly importance: {
    /** (objective with weights − without, both alone) / whole step: what the weights add. */
    readonly overhead: Spread;
    /** Whole step with weights / without, the two of a round. */
    readonly stepRatio: Spread;
    readonly objectiveSeconds: { readonly dpo: Spread; readonly weightedDpo: Spread };
  };
}

/** What `--json` prints. */
export interface PreferenceSummary {
  readonly pairsPerSecond: Contenders;
  readonly peakMemoryBytes: Contenders;
  readonly importanceOverhead: number;
  readonly shareOfSgemm: number;
}

interface Contenders {
  readonly ours: number;
  readonly trlDefault: number;
  readonly trlFastest: number;
}

/** Preference steps: ours and TRL's in turn, then the parts of ours. */
export async function measurePreference(
  settings: PreferenceBenchmarkSettings,
  { signal, onProgress }: BenchmarkContext,
): Promise<PreferenceResult> {
  const threads = describeMachine().cores;
  const options = { threads, ...(signal && { signal }) };
  const contenders = trlSettings.filter(({ name }) => settings.trl.includes(name));
  const python =
    contenders.length > 0 ? await pythonEnvironment({ onProgress, ...(signal && { signal }) }) : '';
  return withTemporaryFolder(async (folder) => {
    const checkpoint = join(folder, 'checkpoint');
    await mkdir(checkpoint);
    const shape = modelShapes[settings.model];
    const batch = preferenceBatch({ ...settings, vocabularySize: shape.vocabularySize });
    const pairs = join(folder, 'pairs.json');
    await writeFile(pairs, JSON.stringify(batch));
    onProgress(`Making a random ${settings.model}.`);
    const { seed, model, backend, microBatchSize, sgemmSize } = settings;
    await (await startSide(nodeSide('checkpoint', { seed, model, directory: checkpoint }), options)).close();

    const common = { checkpoint, pairs, threads, sgemmSize };
    const programs = new Map<string, SideProgram>([
      ['ours', nodeSide('preference', { ...common, backend, microBatchSize })],
      ...contenders.map(({ name, options }): [string, SideProgram] => [
        name,
        pythonSide(python, 'trl_preference', { ...common, options: options(settings.pairs) }),
      ]),
    ]);
    const sides = new Map<string, Side<TrlFacts & BackendFacts, StepAnswer>>();
    try {
      for (const [name, program] of programs) {
        onProgress(`Starting ${name}.`);
        sides.set(name, await startSide(program, options));
      }
      const answers = await alternate(sides, {
        repetitions: settings.repetitions,
        onMeasured: (name, repetition, answer) =>
          onProgress(describeStep(name, repetition, answer as StepAnswer)),
      });
      await Promise.all([...sides.values()].map((side) => side.close()));

      onProgress('Measuring the parts of a step.');
      const parts = await startSide<BackendFacts, PartsAnswer>(
        nodeSide('preference-parts', { ...common, backend, microBatchSize }),
        options,
      );
      sides.set('parts', parts as never);
      const rounds = (
        await alternate(new Map([['parts', parts]]), {
          repetitions: settings.rounds,
          onMeasured: (_, round) => onProgress(`Round ${round} of ${settings.rounds}.`),
        })
      ).get('parts');
      if (!rounds) throw new Error('No rounds.');

      const operations = preferenceOperations(shape, batch);
      const tokens = batch.reduce(
        (sum, { prompt, chosen, rejected }) => sum + prompt.length + chosen.length + rejected.length,
        0,
      );
      const sideResult = (name: string, title: string, sgemmRate: number): SideResult => {
        const steps = answers.get(name) ?? [];
        const stepSeconds = spread(steps.map(({ seconds }) => seconds));
        return {
          title,
          stepSeconds,
          pairsPerSecond: settings.pairs / stepSeconds.median,
          tokensPerSecond: tokens / stepSeconds.median,
          peakMemoryBytes: Math.max(...steps.map(({ peakMemoryBytes }) => peakMemoryBytes)),
          shareOfSgemm: operations / stepSeconds.median / sgemmRate,
          sgemmRate,
        };
      };
      const trl = Object.fromEntries(
        contenders.map(({ name, title, options }) => [
          name,
          {
            ...sideResult(name, title, sides.get(name)?.facts.sgemmRate ?? Number.NaN),
            options: options(settings.pairs),
          },
        ]),
      );
      const fastest = contenders
        .filter(({ float32 }) => float32)
        .sort((a, b) => speedOf(trl[b.name]) - speedOf(trl[a.name]))[0]?.name;
      const dpoSteps = rounds.map(({ steps }) => steps.dpo);
      return {
        ...resultHeader(
          'preference',
          [...sides.values()].map(({ facts }) => facts.versions),
        ),
        settings,
        backend: parts.facts.backend,
        tokens,
        ours: sideResult('ours', 'ours', spread(rounds.map(({ sgemmRate }) => sgemmRate)).median),
        trl,
        ...(fastest !== undefined && { trlFastest: fastest }),
        parts: {
          gradientSeconds: spread(dpoSteps.map(({ gradientSeconds }) => gradientSeconds)),
          updateSeconds: spread(dpoSteps.map(({ updateSeconds }) => updateSeconds)),
          shareOfSgemm: spread(
            rounds.map(({ sgemmRate, steps }) => operations / steps.dpo.gradientSeconds / sgemmRate),
          ),
        },
        importance: importanceOf(rounds),
      };
    } finally {
      await Promise.all([...sides.values()].map((side) => side.close()));
    }
  });
}

interface TrlFacts {
  readonly sgemmRate: number;
}

const speedOf = (side: SideResult | undefined): number => side?.pairsPerSecond ?? 0;

function importanceOf(rounds: readonly PartsAnswer[]): PreferenceResult['importance'] {
  const whole = (round: PartsAnswer, name: 'dpo' | 'weightedDpo'): number =>
    round.steps[name].gradientSeconds + round.steps[name].updateSeconds;
  return {
    overhead: spread(
      rounds.map(
        (round) => (round.objectiveSeconds.weightedDpo - round.objectiveSeconds.dpo) / whole(round, 'dpo'),
      ),
    ),
    stepRatio: spread(rounds.map((round) => whole(round, 'weightedDpo') / whole(round, 'dpo'))),
    objectiveSeconds: {
      dpo: spread(rounds.map(({ objectiveSeconds }) => objectiveSeconds.dpo)),
      weightedDpo: spread(rounds.map(({ objectiveSeconds }) => objectiveSeconds.weightedDpo)),
    },
  };
}

function describeStep(name: string, repetition: number, { seconds, peakMemoryBytes }: StepAnswer): string {
  const which = repetition === 0 ? 'warm-up' : `step ${repetition}`;
  return `${name}, ${which}: ${seconds.toFixed(2)} s, peak ${(peakMemoryBytes / 1e9).toFixed(2)} GB`;
}

export function summarizePreference(result: PreferenceResult): PreferenceSummary {
  const { ours, trl, trlFastest } = result;
  const contenders = (value: (side: SideResult | undefined) => number): Contenders => ({
    ours: value(ours),
    trlDefault: value(trl['default']),
    trlFastest: value(trlFastest === undefined ? undefined : trl[trlFastest]),
  });
  return {
    pairsPerSecond: contenders((side) => side?.pairsPerSecond ?? Number.NaN),
    peakMemoryBytes: contenders((side) => side?.peakMemoryBytes ?? Number.NaN),
    importanceOverhead: result.importance.overhead.median,
    shareOfSgemm: result.parts.shareOfSgemm.median,
  };
}
