import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '@ais/redis';
import { createRandom, useBackend } from '@ais/runtime';
import { type DirectoryStore, directoryStore, localExecutor, runStages, type StageSpec } from '@ais/workflow';
import { queueExecutor } from '@ais/workflow/bullmq';
import { compareStores, type StoreDifferences } from './compare-stores.js';
import { mountSmallDisk, type SmallDisk } from './small-disk.js';
import { stages as registry, storeOptions, sweepStages } from './sweep-stages.js';
import { FROZEN_MS, LIFE_MS, PAUSE_MS } from './sweep-times.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

/** What came of a study whose workers, queue, and disk failed again and again. */
export interface SweepFigures extends StoreDifferences {
  readonly jobs: number;
  readonly kills: number;
}

export interface SweepOptions {
  readonly jobs: number;
  /** Workers that are killed while the study runs. */
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

const WORKERS = 3;
const QUEUE = 'sweep';
/** What befalls the study once so much of the killing is done. */
const DISASTERS: readonly (readonly [number, 'freeze' | 'restart' | 'fill'])[] = [
  [0.1, 'freeze'],
  [0.25, 'restart'],
  [0.5, 'fill'],
  [0.75, 'restart'],
];
/** A plan is run again when stages of it have failed, this many times. */
const ROUNDS = 10;

/**
 * Runs a study on three workers of a queue, kills them, freezes one, kills Redis twice, and fills the disk up; then compares
 * every result with that of the same study in this process, undisturbed.
 *
 * @throws {Error} if the study does not end, or ends before all that was to befall it
 */
export async function runSweep({ jobs, kills, seed, say }: SweepOptions): Promise<SweepFigures> {
  const calm = await mkdtemp(join(tmpdir(), 'ais-sweep-'));
  const disk = await mountSmallDisk(64);
  const redis = await startRedis();
  try {
    const expected = directoryStore(calm, storeOptions);
    const stages = sweepStages(jobs);
    await runUndisturbed(stages, expected);
    say(`${stages.length} stages are done in this process`);
    const store = directoryStore(join(disk.path, 'store'), storeOptions);
    const trouble = new Trouble({ kills, seed, say, disk, redis, root: store.root });
    const twice = await trouble.during(() =>
      runOnQueue(sweepStages(jobs, { pause: PAUSE_MS }), store, redis.url, say),
    );
    if (trouble.kills < kills || trouble.ahead > 0) {
      throw new Error(
        `The study ended after ${trouble.kills} of ${kills} kills. Ask for more jobs: --jobs ${2 * jobs}.`,
      );
    }
    const differences = await compareStores(stages, store, expected);
    return { jobs, kills: trouble.kills, ...differences, duplicated: differences.duplicated + twice };
  } finally {
    await redis.stop();
    await disk.remove();
    await rm(calm, { recursive: true });
  }
}

async function runUndisturbed(stages: readonly StageSpec[], store: DirectoryStore): Promise<void> {
  await useBackend('wasm');
  const { failures } = await runStages(stages, { store, executor: localExecutor({ store, registry }) });
  for (const { error } of failures) throw error;
}

/**
 * Runs a plan as its user would: again, while stages of it fail.
 *
 * @returns how often a stage was said to be done that was done already
 */
async function runOnQueue(
  stages: readonly StageSpec[],
  store: DirectoryStore,
  url: string,
  say: (line: string) => void,
): Promise<number> {
  const executor = await queueExecutor({ url, queue: QUEUE, store, onWarning: say });
  try {
    for (let round = 1; ; round += 1) {
      const done = new Set<string>();
      let twice = 0;
      const { failures } = await runStages(stages, {
        store,
        executor,
        onDone: ({ key, kind }) => {
          if (done.has(key)) twice += 1;
          done.add(key);
          say(`${kind.name} is done (${done.size} of ${stages.length})`);
        },
      });
      if (failures.length === 0) return twice;
      for (const { stage, error } of failures) say(`${stage.kind.name} failed: ${error.message}`);
      if (round === ROUNDS)
        throw new Error(`Stages failed in ${ROUNDS} rounds.`, { cause: failures[0]?.error });
    }
  } finally {
    await executor.close?.();
  }
}

interface TroubleOptions extends Pick<SweepOptions, 'kills' | 'seed' | 'say'> {
  readonly disk: SmallDisk;
  readonly redis: { readonly url: string; restart(): Promise<void> };
  /** Of the store. */
  readonly root: string;
}

/** What befalls a study. How long workers live, and what is killed with them, comes from a seed. */
class Trouble {
  kills = 0;
  readonly #options: TroubleOptions;
  readonly #random: () => number;
  readonly #disasters: { readonly at: number; readonly name: 'freeze' | 'restart' | 'fill' }[];
  readonly #living = new Set<WorkerProcess>();
  readonly #going: Promise<void>[] = [];
  #planned = 0;
  #over = false;
  #onFull = (): void => {};

  constructor(options: TroubleOptions) {
    this.#options = options;
    const random = createRandom(options.seed, 'sweep');
    this.#random = () => random.uniform();
    this.#disasters = DISASTERS.map(([part, name]) => ({ at: Math.ceil(part * options.kills), name }));
  }

  /** Disasters that have not come yet. */
  get ahead(): number {
    return this.#disasters.length;
  }

  /** Troubles some work until it is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const crew = Array.from({ length: WORKERS }, () => this.#lives());
    try {
      return await work();
    } finally {
      this.#over = true;
      for (const worker of this.#living) worker.signal('SIGKILL', 'group');
      await Promise.all([...crew, ...this.#going]);
    }
  }

  /** One worker after another. */
  async #lives(): Promise<void> {
    const { redis, root, say } = this.#options;
    while (!this.#over) {
      const worker = startWorker({ url: redis.url, queue: QUEUE, root }, (message) => {
        if (/is full|ENOSPC/.test(message)) this.#onFull();
        say(message);
      });
      this.#living.add(worker);
      await this.#life(worker);
      this.#living.delete(worker);
    }
  }

  async #life(worker: WorkerProcess): Promise<void> {
    const { kills, say } = this.#options;
    if (this.#planned >= kills) return worker.ended;
    this.#planned += 1;
    const [life, to] = [this.#random() * LIFE_MS, this.#random() < 0.5 ? 'worker' : 'group'] as const;
    await worker.begun;
    await delay(life);
    if (this.#comes('freeze')) {
      say('a worker is frozen');
      worker.signal('SIGSTOP', 'group');
      await delay(FROZEN_MS);
      worker.signal('SIGCONT', 'group');
      say('the worker continues');
      await delay(LIFE_MS);
    }
    if (this.#over) return worker.ended;
    worker.signal('SIGKILL', to);
    await worker.ended;
    this.kills += 1;
    say(`kill ${this.kills}: ${to === 'group' ? 'a worker and its stage' : 'a worker'}`);
    if (this.#comes('restart')) this.#going.push(this.#restart());
    if (this.#comes('fill')) this.#going.push(this.#fill());
  }

  /** Whether it is time for a disaster, which then is no longer ahead. */
  #comes(name: 'freeze' | 'restart' | 'fill'): boolean {
    const place = this.#disasters.findIndex((each) => each.name === name && each.at <= this.kills);
    if (place >= 0) this.#disasters.splice(place, 1);
    return place >= 0;
  }

  async #restart(): Promise<void> {
    await this.#options.redis.restart();
    this.#options.say('Redis was killed and started again');
  }

  /** Fills the disk until a worker says so. */
  async #fill(): Promise<void> {
    const { disk, say } = this.#options;
    const said = new Promise<void>((resolve) => {
      this.#onFull = resolve;
    });
    const free = disk.fill();
    say('the disk is full');
    await said;
    free();
    say('the disk has room again');
  }
}
