import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashJson } from '../durable-json.js';
import { readStage, type StageRecord } from '../stages/run-stage.js';
import type { StageKind } from '../stages/stage-kinds.js';
import type { StageSpec } from '../stages/stage-spec.js';

/** Stages by content: what one study has done another finds, whatever it is called. */
export interface StudyStore {
  readonly root: string;
  /** `<root>/<kind>-<first 12 digits of the key>`. */
  directory(stage: StageSpec): string;
  state(stage: StageSpec): 'finished' | 'begun' | 'due';
  /** What a finished stage left. */
  record<Kind extends StageKind>(stage: StageSpec<Kind>): ReturnType<typeof readStage<Kind>>;
  /** Seconds that a stage like this one took: the mean of those in the store that differ in seed, method or β. */
  expectedSeconds(stage: StageSpec): number | undefined;
}

export async function openStudyStore(root: string): Promise<StudyStore> {
  const directory = ({ kind, key }: StageSpec): string => join(root, `${kind}-${key.slice(0, 12)}`);
  const seconds = new Map<string, number[]>();
  for (const folder of existsSync(root) ? await readdir(root) : []) {
    const record = await readStage(join(root, folder));
    if (!record) continue;
    const alike = likeness(record);
    seconds.set(alike, [...(seconds.get(alike) ?? []), record.seconds]);
  }
  return {
    root,
    directory,
    state: (stage) =>
      existsSync(join(directory(stage), 'stage.json'))
        ? 'finished'
        : existsSync(directory(stage))
          ? 'begun'
          : 'due',
    record: (stage) => readStage(directory(stage)),
    expectedSeconds: (stage) => {
      const known = seconds.get(likeness(stage));
      return known && known.reduce((sum, value) => sum + value, 0) / known.length;
    },
  };
}

/** Settings that change what comes out of a stage and hardly how long it takes. */
const timeless = new Set(['seed', 'method', 'beta', 'checkpoint', 'finalLogProbs']);

/** The same for stages that take about as long. */
function likeness({ kind, settings, backend }: Pick<StageRecord, 'kind' | 'settings' | 'backend'>): string {
  const size = Object.entries(settings as object).filter(([key]) => !timeless.has(key));
  return hashJson({ kind, size: Object.fromEntries(size), backend });
}
