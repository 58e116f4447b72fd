import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelName, modelShapes } from '../inputs/model-shapes.js';
import { countTokens, preferenceBatch } from '../inputs/preference-batch.js';
import { preferenceOperations } from '../inputs/preference-operations.js';
import { alternate } from '../measurement/alternate.js';
import { makeCheckpoint } from '../measurement/checkpoint.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { deviceBeside } from '../measurement/device.js';
import { type Spread, spread } from '../measurement/spread.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import { withSides } from '../measurement/with-sides.js';
import type { SideProgram } from '../processes/start-side.js';
import type { PartsAnswer } from '../sides/preference-parts-side.js';
import type { BackendFacts, StepAnswer } from '../sides/preference-side.js';
import type { SideFacts } from '../sides/side.js';
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
  /** The rank of LoRA adapters, of every matrix of every block, to train instead of the model. */
  readonly lora?: number;
  /** Means of the lengths; TL;DR's by default, and a chat's for SmolLM2. */
  readonly promptTokens?: number;
  readonly responseTokens?: number;
  /** Names of the settings of TRL; none measures ours alone. */
  readonly trl: readonly string[];
}

/** What one side's steps took. */
export interface SideResult {
  readonly title: string;
  readonly stepSeconds: Spread;
  /** Of all threads. */
  readonly processorSeconds?: Spread;
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

/** Preference steps: ours alternating with TRL's, then the parts of ours. */
export async function measurePreference(
  settings: PreferenceBenchmarkSettings,
  context: BenchmarkContext,
): Promise<PreferenceResult> {
  const { threads } = context;
  const contenders = trlSettings.filter(({ name }) => settings.trl.includes(name));
  const { lora } = settings;
  const shape = modelShapes[settings.model];
  const { vocabularySize } = shape.configuration;
  const batch = preferenceBatch({ ...usualLengths(settings.model), ...settings, vocabularySize });
  const operations = preferenceOperations(shape, batch, { frozen: lora !== undefined });
  const tokens = countTokens(batch);

  return withTemporaryFolder(async (folder) => {
    const pairs = join(folder, 'pairs.json');
    await writeFile(pairs, JSON.stringify(batch));
    const checkpoint = await makeCheckpoint(context, { ...settings, folder });
    const { backend, microBatchSize, sgemmSize } = settings;
    const common = { checkpoint, pairs, threads, sgemmSize, ...(lora !== undefined && { lora }) };
    const ours = { ...common, backend, microBatchSize };

    const programs = new Map<string, SideProgram>([
      ['ours', { side: 'preference', settings: ours }],
      ...contenders.map(({ name, options }): [string, SideProgram] => [
        name,
        {
          python: 'trl_preference',
          settings: { ...common, device: deviceBeside(backend), options: options(settings.pairs) },
        },
      ]),
    ]);
    const { steps, facts } = await withSides<PreferenceFacts, StepAnswer, MeasuredSteps>(
      context,
      programs,
      async (sides) => ({
        steps: await alternate(sides, {
          repetitions: settings.repetitions,
          onMeasured: (name, repetition, answer) =>
            context.onProgress(describeStep(name, repetition, answer)),
        }),
        facts: new Map([...sides].map(([name, side]) => [name, side.facts])),
      }),
    );

    const parts = new Map<string, SideProgram>([['parts', { side: 'preference-parts', settings: ours }]]);
    const rounds = await withSides<BackendFacts, PartsAnswer, PartsAnswer[]>(
      context,
      parts,
      async (sides) => {
        const answers = await alternate(sides, {
          repetitions: settings.rounds,
          onMeasured: (_, round) =>
            context.onProgress(`Parts of a step, round ${round} of ${settings.rounds}.`),
        });
        return answers.get('parts') ?? [];
      },
    );

    const besideParts = spread(rounds.map(({ sgemmRate }) => sgemmRate)).median;
    const sideResult = (name: string, title: string): SideResult => {
      const answers = steps.get(name) ?? [];
      const sgemmRate = spread(answers.map((answer) => answer.sgemmRate ?? besideParts)).median;
      const stepSeconds = spread(answers.map(({ seconds }) => seconds));
      const processor = answers.flatMap(({ processorSeconds = [] }) => processorSeconds);
      return {
        title,
        stepSeconds,
        ...(processor.length > 0 && { processorSeconds: spread(processor) }),
        pairsPerSecond: settings.pairs / stepSeconds.median,
        tokensPerSecond: tokens / stepSeconds.median,
        peakMemoryBytes: Math.max(...answers.map(({ peakMemoryBytes }) => peakMemoryBytes)),
        shareOfSgemm: operations / stepSeconds.median / sgemmRate,
        sgemmRate,
      };
    };
    const trl = Object.fromEntries(
      contenders.map(({ name, title, options }) => [
        name,
        {
          ...sideResult(name, title),
          options: options(settings.pairs),
        },
      ]),
    );
    const fastest = contenders
      .filter(({ float32 }) => float32)
      .sort((a, b) => speedOf(trl[b.name]) - speedOf(trl[a.name]))[0]?.name;
    const dpoSteps = rounds.map(({ steps }) => steps.dpo);
    return {
      ...resultHeader([...facts.values()], threads),
      settings,
      backend: facts.get('ours')?.backend ?? backend,
      tokens,
      ours: sideResult('ours', 'ours'),
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
  });
}

/** Means of a batch's lengths where the settings say nothing. */
function usualLengths(model: ModelName): {
  readonly promptTokens?: number;
  readonly responseTokens?: number;
} {
  return model === 'smollm2' ? { promptTokens: 150, responseTokens: 60 } : {};
}

/** TRL has no back end to choose. */
interface PreferenceFacts extends SideFacts {
  readonly backend?: string;
}

interface MeasuredSteps {
  readonly steps: ReadonlyMap<string, readonly StepAnswer[]>;
  readonly facts: ReadonlyMap<string, PreferenceFacts>;
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
