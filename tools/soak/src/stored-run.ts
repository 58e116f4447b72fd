import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@ais/runtime/files';

/** A checkpoint as it lies on the disk, looked at without the trainer's own code. */
export interface StoredCheckpoint {
  readonly step: number;
  /** Whether its files are those of its manifest, and its state that of its step. */
  readonly whole: boolean;
  /** SHA-256 of weights, optimizer, random state, schedule and data position; what differs by the clock is left out. */
  readonly fingerprint: string;
}

/** The checkpoints under their final names, oldest first. */
export function storedCheckpoints(run: string): StoredCheckpoint[] {
  const root = join(run, 'checkpoints');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .flatMap((name) => {
      const step = /^step-(\d+)(\.unfinished)?$/.exec(name)?.[1];
      return step === undefined ? [] : [examine(join(root, name), Number(step))];
    })
    .sort((a, b) => a.step - b.step);
}

/** Whether a checkpoint was being written or removed when the process ended. */
export function wasWriting(run: string): boolean {
  const root = join(run, 'checkpoints');
  return existsSync(root) && readdirSync(root).some((name) => name.startsWith('.'));
}

/** The run's metrics without those that differ by the clock or the machine's memory. */
export function reproducibleMetrics(run: string): string {
  return readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      JSON.stringify(
        Object.entries(JSON.parse(line) as object).filter(([key]) => !/^(timing|memory)\//.test(key)),
      ),
    )
    .join('\n');
}

function examine(directory: string, step: number): StoredCheckpoint {
  try {
    const { files } = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as {
      files: Record<string, { bytes: number; sha256: string }>;
    };
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name !== 'manifest.json' && statSync(join(directory, name)).isFile(),
    );
    const intact = names.every((name) => files[name]?.sha256 === sha256(readFileSync(join(directory, name))));
    const state = JSON.parse(readFileSync(join(directory, 'trainer-state.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const { metricsOffset: _, lastMetrics: __, run: ___, ...position } = state;
    return {
      step,
      whole: intact && names.length === Object.keys(files).length && state['step'] === step,
      fingerprint: sha256(
        JSON.stringify([
          files['model.safetensors'],
          files['optimizer.safetensors'],
          files['config.json'],
          position,
        ]),
      ),
    };
  } catch {
    return { step, whole: false, fingerprint: '' };
  }
}
