import { makeCheckpoint } from '../measurement/checkpoint.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { fitLine, type LineFit } from '../measurement/line-fit.js';
import { measureStepsAlone, type StepsAloneSettings } from '../measurement/steps-alone.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';

export interface MemoryBenchmarkSettings extends Omit<StepsAloneSettings, 'backend' | 'repetitions'> {
  readonly backends: readonly string[];
  readonly steps: number;
}

export interface MemoryOverSteps {
  readonly backend: string;
  /** Tensors alive after the first and after the last step. */
  readonly tensors: { readonly first: number; readonly last: number };
  /** Resident size after each `every` steps, in bytes. */
  readonly every: number;
  readonly residentBytes: readonly number[];
  /** Bytes per step, over the second half of the run: before that, allocators and compilers still warm up. */
  readonly growth: LineFit;
}

export interface MemoryResult extends ResultHeader {
  readonly settings: MemoryBenchmarkSettings;
  readonly backends: readonly MemoryOverSteps[];
}

/** What `--json` prints, by back end. */
export type MemorySummary = Readonly<
  Record<
    string,
    { readonly tensorsAdded: number; readonly bytesPerStep: number; readonly bytesPerStepError: number }
  >
>;

const POINTS = 50;

/** Tensors and resident memory over many preference steps. */
export async function measureMemory(
  settings: MemoryBenchmarkSettings,
  context: BenchmarkContext,
): Promise<MemoryResult> {
  const { steps: repetitions, seed, model } = settings;
  return withTemporaryFolder(async (folder) => {
    const checkpoint = await makeCheckpoint(context, { model, seed, folder });
    const backends: MemoryOverSteps[] = [];
    const facts = [];
    for (const backend of settings.backends) {
      context.onProgress(`${repetitions} steps on ${backend}.`);
      const measured = await measureStepsAlone({ ...settings, backend, repetitions }, context, {
        checkpoint,
        folder,
      });
      facts.push(measured.facts);
      const resident = measured.steps.map(({ residentBytes }) => residentBytes ?? Number.NaN);
      const tensors = measured.steps.map(({ tensors }) => tensors ?? Number.NaN);
      const half = Math.floor(resident.length / 2);
      const every = Math.max(1, Math.floor(resident.length / POINTS));
      backends.push({
        backend: measured.facts.backend,
        tensors: { first: tensors[0] ?? Number.NaN, last: tensors.at(-1) ?? Number.NaN },
        every,
        residentBytes: resident.filter((_, step) => (step + 1) % every === 0),
        growth: fitLine(
          resident.slice(half).map((_, index) => half + index),
          resident.slice(half),
        ),
      });
    }
    return { ...resultHeader(facts, context.threads), settings, backends };
  });
}

export function summarizeMemory({ backends }: MemoryResult): MemorySummary {
  return Object.fromEntries(
    backends.map(({ backend, tensors, growth }) => [
      backend,
      {
        tensorsAdded: tensors.last - tensors.first,
        bytesPerStep: growth.slope,
        bytesPerStepError: growth.slopeError,
      },
    ]),
  );
}
