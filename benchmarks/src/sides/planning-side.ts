import {
  type DirectoryStore,
  directoryStore,
  type Executor,
  runStages,
  type StageKind,
  type StageSpec,
  stageSpec,
} from '@ais/workflow';
import { peakMemoryBytes } from './peak-memory.js';
import type { Side, SideFacts } from './side.js';

export interface PlanningSettings {
  readonly stages: number;
  /** `study`: runs of many seeds on what they share. `chain`: each rests on the one before. */
  readonly shape: 'study' | 'chain';
}

export interface PlanningAnswer {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakMemoryBytes: number;
  readonly stages: number;
}

const RUNS_PER_SEED = 20;

/** Builds a plan: keys, order, and the orders that an executor is given. */
export async function openPlanningSide({
  stages,
  shape,
}: PlanningSettings): Promise<Side<SideFacts, PlanningAnswer>> {
  // Nothing is read from it or written to it.
  const store = directoryStore('unused');
  return {
    facts: { versions: { node: process.versions.node } },
    async measure() {
      const [started, busy] = [performance.now(), process.cpuUsage()];
      const targets = shape === 'study' ? study(stages) : [chain(stages)];
      const planned = await ordered(targets, store);
      const { user, system } = process.cpuUsage(busy);
      return {
        seconds: (performance.now() - started) / 1000,
        processorSeconds: (user + system) / 1e6,
        peakMemoryBytes: peakMemoryBytes(),
        stages: planned,
      };
    },
    close: async () => {},
  };
}

/** How many orders an executor is given for some targets. */
async function ordered(targets: readonly StageSpec[], store: DirectoryStore): Promise<number> {
  let orders = 0;
  const executor: Executor = {
    async run(plan) {
      orders = plan.length;
      return { done: new Set(), failures: new Map() };
    },
  };
  await runStages(targets, { store, executor });
  return orders;
}

type Kind = StageKind<object, Readonly<Record<string, string>>, object>;

const kind = (name: string): Kind => ({ name, run: async () => ({}) });
const [corpus, policy, gold] = [kind('corpus'), kind('sft'), kind('gold')];
const [pairs, run] = [kind('pairs'), kind('preference')];

/** A corpus, a policy, and a judge; pairs of each seed, and the runs on them, with settings of a usual size. */
function study(stages: number): StageSpec[] {
  const text = stageSpec(corpus, { seed: 1 }, {});
  const base = stageSpec(policy, { seed: 1 }, { corpus: text }, 'wasm');
  const judge = stageSpec(gold, { seed: 1 }, { corpus: text, policy: base }, 'wasm');
  const shared = { corpus: text, policy: base, gold: judge };
  const targets: StageSpec[] = [];
  for (let seed = 1, left = stages - 3; left > 0; seed += 1) {
    const learned = stageSpec(pairs, { seed, maxNewTokens: 53, microBatchSize: 8 }, shared, 'wasm');
    left -= 1;
    targets.push(learned);
    for (let place = 0; place < RUNS_PER_SEED && left > 0; place += 1, left -= 1) {
      const method = { objective: 'dpo', importance: 'inverse-length', title: `run ${place}` };
      const training = { batchSize: 64, learningRate: 3e-4, epochs: 1, schedule: 'cosine', warmup: 0.1 };
      const settings = { seed, beta: 0.01 * place, method, training, points: 4, prompts: 256 };
      targets.push(stageSpec(run, settings, { ...shared, pairs: learned }, 'wasm'));
    }
  }
  return targets;
}

/** Stages of which each rests on the one before. */
function chain(stages: number): StageSpec {
  let last = stageSpec(corpus, { seed: 1 }, {});
  for (let number = 2; number <= stages; number += 1) last = stageSpec(run, { number }, { before: last });
  return last;
}
