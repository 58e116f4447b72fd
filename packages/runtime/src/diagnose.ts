import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { BACKEND_NAMES, type BackendName } from './backend-name.js';
import { type BackendObstacle, BackendUnavailableError } from './errors.js';
import type { BackendMeasurement } from './measure-backend.js';
import { parseBackendName } from './parse-backend-name.js';
import { lastLines, runCommand } from './process/run-command.js';
import { requireMeasured } from './require-measured.js';

/** Whether a back end works on this machine, and how fast it is. */
export interface BackendDiagnosis {
  readonly backend: BackendName;
  readonly works: boolean;
  /** Why it does not work; null where it does. */
  readonly reason: string | null;
  /** What would change that; null where it works, or nothing would. */
  readonly remedy: string | null;
  readonly versions: Readonly<Record<string, string>>;
  /** The matrix product that was timed; null where the back end does not work. */
  readonly measurement: {
    readonly size: number;
    readonly milliseconds: number;
    readonly gigaflopsPerSecond: number;
    readonly products: number;
    /** Threads that computed, on WASM. */
    readonly threads?: number;
  } | null;
}

/** What `diagnose` found on this machine. */
export interface Diagnosis {
  /** The back end that `useBackend` picks here: the named one where one was named. */
  readonly backend: BackendName;
  /** Every back end, the fastest first; or the named one alone. */
  readonly backends: readonly BackendDiagnosis[];
  /** What is fastest on a machine like this, if that is not what runs; null otherwise. */
  readonly advice: string | null;
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly architecture: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly freeMemoryBytes: number;
  };
}

/** Options of `diagnose`. */
export interface DiagnoseOptions {
  /** Look at this back end alone. */
  readonly backend?: string;
  /** The size of the matrices whose product is timed. Default: 1024. */
  readonly size?: number;
  /** Milliseconds after which a back end that does not answer is given up. Default: 60,000. */
  readonly timeLimit?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/** What a child process answers: a measurement, why there is none, or how it ended without an answer. */
export type ChildAnswer =
  | { readonly measurement: BackendMeasurement }
  | { readonly obstacles: readonly BackendObstacle[] }
  | { readonly failed: string };

type Measure = (name: string | undefined, options: DiagnoseOptions) => Promise<ChildAnswer>;

/**
 * Finds out which back end runs here, why no faster one does, and how fast each is.
 *
 * Each back end is loaded and timed in a process of its own, so that none disturbs the other.
 *
 * @returns every back end with its timing or the reason why it does not work, and facts about the machine
 * @throws {RuntimeError} `invalid-option` for a size that is not an integer, or below 1
 * @throws {UnknownBackendError} where the named back end does not exist
 * @throws {BackendUnavailableError} where the named one, or every one, does not work
 * @example
 * const { backend, backends } = await diagnose();
 */
export async function diagnose(
  options: DiagnoseOptions = {},
  measure: Measure = measureInChild,
): Promise<Diagnosis> {
  const { onProgress, size } = options;
  requireMeasured(size === undefined ? {} : { size });
  const named = options.backend === undefined ? undefined : parseBackendName(options.backend);
  onProgress?.(named ? `Timing ${named}` : 'Looking for the fastest back end that works');
  const first = await measure(named, options);
  if ('obstacles' in first) throw new BackendUnavailableError(first.obstacles);
  if ('failed' in first && named) throw new BackendUnavailableError([crashed(named, first.failed)]);

  const backends: BackendDiagnosis[] = [];
  if ('measurement' in first) {
    const { faster } = first.measurement.report;
    backends.push(...(named ? [] : faster.map(notWorking)), working(first.measurement));
  }
  // Where the child did not survive the choice, each back end has to be tried alone.
  for (const backend of named ? [] : BACKEND_NAMES.slice(backends.length)) {
    onProgress?.(`Timing ${backend}`);
    const answer = await measure(backend, options);
    if ('measurement' in answer) backends.push(working(answer.measurement));
    else {
      const [obstacle] = 'obstacles' in answer ? answer.obstacles : [crashed(backend, answer.failed)];
      if (obstacle) backends.push(notWorking(obstacle));
    }
  }
  const running = backends.find(({ works }) => works);
  if (!running)
    throw new BackendUnavailableError(
      backends.map(({ backend, reason, remedy }) => ({ backend, reason: reason ?? '', remedy })),
    );
  const [processor] = cpus();
  return {
    backend: running.backend,
    backends,
    advice: named ? null : adviceFor(process.platform, running.backend, backends),
    machine: {
      node: process.versions.node,
      platform: process.platform,
      architecture: process.arch,
      processor: processor?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      freeMemoryBytes: freemem(),
    },
  };
}

/**
 * What to do on a platform for speed: a Mac has a GPU that WebGPU computes on, in Node through Dawn.
 *
 * @param running the back end that is taken by default
 */
export function adviceFor(
  platform: string,
  running: BackendName,
  backends: readonly BackendDiagnosis[],
): string | null {
  const webgpu = backends.find(({ backend }) => backend === 'webgpu');
  if (platform !== 'darwin' || running === 'webgpu' || !webgpu) return null;
  const what = 'On a Mac WebGPU is usually the fastest: it computes on the GPU, in Node through Dawn.';
  if (webgpu.works) return `${what} It works here: give --backend webgpu to the commands that train.`;
  return webgpu.remedy === null ? null : `${what} To get it: ${webgpu.remedy}`;
}

function working({
  report,
  size,
  milliseconds,
  gigaflopsPerSecond,
  products,
}: BackendMeasurement): BackendDiagnosis {
  return {
    backend: report.backend,
    works: true,
    reason: null,
    remedy: null,
    versions: report.versions,
    measurement: {
      size,
      milliseconds,
      gigaflopsPerSecond,
      products,
      ...(report.threads !== undefined && { threads: report.threads }),
    },
  };
}

function notWorking({ backend, reason, remedy }: BackendObstacle): BackendDiagnosis {
  return { backend, works: false, reason, remedy, versions: {}, measurement: null };
}

function crashed(backend: BackendName, reason: string): BackendObstacle {
  const gpu = backend === 'native-gpu' ? ' --gpu' : '';
  return {
    backend,
    reason,
    remedy: backend.startsWith('native') ? `ais native install --force${gpu}` : null,
  };
}

const MARK = 'ais-measurement:';

const SCRIPT = `
const [program, url, name, size] = process.argv.slice(1);
const { measureBackend } = await import(url);
let answer;
try {
  answer = { measurement: await measureBackend(name || undefined, { size: Number(size) }) };
} catch (error) {
  answer = error?.obstacles ? { obstacles: error.obstacles } : { failed: error?.message ?? String(error) };
}
process.stdout.write('\\n${MARK}' + JSON.stringify(answer) + '\\n', () => process.exit(0));
`;

async function measureInChild(name: string | undefined, options: DiagnoseOptions): Promise<ChildAnswer> {
  const { size = 1024, timeLimit = 60_000, signal } = options;
  const limit = AbortSignal.timeout(timeLimit);
  try {
    const { status, stdout, stderr } = await runCommand(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        SCRIPT,
        // The child runs in this program's folder, so that it finds the same packages.
        process.argv[1] ?? '',
        new URL('./index.js', import.meta.url).href,
        name ?? '',
        String(size),
      ],
      { signal: AbortSignal.any([limit, ...(signal ? [signal] : [])]) },
    );
    const line = stdout.split('\n').find((candidate) => candidate.startsWith(MARK));
    if (line !== undefined) return JSON.parse(line.slice(MARK.length)) as ChildAnswer;
    const said = lastLines(stderr || stdout, 3);
    return { failed: `its process ended with status ${status}${said ? ` (${said})` : ''}` };
  } catch (error) {
    if (!limit.aborted || signal?.aborted) throw error;
    return { failed: `it did not answer within ${timeLimit / 1000} s` };
  }
}
