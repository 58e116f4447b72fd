import { runContext, runReward, runSft, runTrain, textLayer } from '@ais/pipeline';
import { readSettings } from '@ais/pipeline/settings';
import { useBackend } from '@ais/runtime';
import { TrainingInterrupted } from '@ais/trainer';
import { peakMemoryBytes } from './peak-memory.js';
import type { Side, SideFacts } from './side.js';

export type StartedCommand = 'train' | 'sft' | 'reward';

export interface StartingSettings {
  readonly command: StartedCommand;
  /** A set of pairs, as `ais data build` prepares it. */
  readonly prepared: string;
  readonly model: string;
  /** The run's folder, a new one. */
  readonly directory: string;
}

export interface StartingAnswer {
  readonly seconds: number;
  readonly processorSeconds: number;
  /** When the first step was done. */
  readonly peakMemoryBytes: number;
}

/** What `ais train`, `ais sft`, and `ais reward` do from reading their settings to the end of the first step, which ends the run. */
export async function openStartingSide(settings: StartingSettings): Promise<Side<SideFacts, StartingAnswer>> {
  const { versions } = await useBackend('wasm', { threads: 1 });
  return {
    facts: { versions },
    async measure() {
      const [begun, busy] = [performance.now(), process.cpuUsage()];
      let answer: StartingAnswer | undefined;
      const stop = new AbortController();
      const context = runContext(settings.directory, {
        signal: stop.signal,
        onWarning: () => {},
        onProgress: ({ task, completed }) => {
          if (task !== settings.command || completed < 1 || answer) return;
          const { user, system } = process.cpuUsage(busy);
          answer = {
            seconds: (performance.now() - begun) / 1000,
            processorSeconds: (user + system) / 1e6,
            peakMemoryBytes: peakMemoryBytes(),
          };
          stop.abort();
        },
        title: settings.command,
      });
      await run(settings, context).catch((error: unknown) => {
        if (!(error instanceof TrainingInterrupted)) throw error;
      });
      if (!answer) throw new Error('The run made no step.');
      return answer;
    },
    close: async () => {},
  };
}

async function run(
  { command, model, prepared }: StartingSettings,
  context: ReturnType<typeof runContext>,
): Promise<unknown> {
  const training = { batchSize: 16, microBatchSize: 16, learningRate: 1e-4, epochs: 1 };
  const evaluation = { points: 0 };
  const ofModel = textLayer;
  switch (command) {
    case 'train': {
      const flags = { model, pairs: prepared, objective: 'dpo', training, evaluation };
      return runTrain(await readSettings('train', { flags, ofModel }), context);
    }
    case 'sft': {
      const flags = { model, source: prepared, training, evaluation };
      return runSft(await readSettings('sft', { flags, ofModel }), context);
    }
    case 'reward': {
      const flags = { model, pairs: prepared, training };
      return runReward(await readSettings('reward', { flags, ofModel }), context);
    }
  }
}
