import {
  type Learning,
  MAX_GRADIENT_NORM,
  paperOnline,
  type Scale,
  type ScaleName,
  type ShapeSettings,
  scales,
} from '@ais/pipeline/settings';
import type { StudyModel } from '../settings/study-settings.js';

/** What a study needs beyond the scale of the pipeline. */
interface ScaleAdditions {
  readonly gold: {
    /** Unless the scale names a pretrained one. */
    readonly model?: StudyModel;
    readonly judge: string;
    readonly validationFraction: number;
  };
  readonly online: {
    readonly training: Learning;
    readonly proxy: Learning;
    readonly validationFraction: number;
  };
  readonly evaluation: {
    readonly points: number;
    readonly klPrompts: number;
    readonly otherTemperature?: number;
    readonly largerBeta?: 'end';
    readonly secondJudge?: 'prose';
    readonly weightedPairs: number;
  };
}

const studyScales: Readonly<Record<ScaleName, ScaleAdditions>> = {
  tiny: {
    gold: {
      model: { layerCount: 2, hiddenSize: 96, headCount: 6, initializerRange: 0.08 },
      judge: 'oracle',
      validationFraction: 0.15,
    },
    online: {
      training: { epochs: 1, batchSize: 32, learningRate: 1e-3, warmupFraction: 0.03, schedule: 'constant' },
      proxy: scales.tiny.reward,
      validationFraction: 0.1,
    },
    evaluation: { points: 5, klPrompts: 64, weightedPairs: 512 },
  },
  small: {
    gold: {
      model: { layerCount: 3, hiddenSize: 192, headCount: 6, initializerRange: 0.02 },
      judge: 'human',
      validationFraction: 0.1,
    },
    online: {
      // Three times the preference rate, as in the paper.
      training: {
        epochs: 1,
        batchSize: 32,
        learningRate: 1.5e-4,
        warmupFraction: 0.03,
        schedule: 'constant',
      },
      proxy: { epochs: 1, batchSize: 64, learningRate: 3e-4, warmupFraction: 0.1 },
      validationFraction: 0.1,
    },
    evaluation: {
      points: 10,
      klPrompts: 256,
      otherTemperature: 1,
      largerBeta: 'end',
      secondJudge: 'prose',
      weightedPairs: 1024,
    },
  },
  paper: {
    gold: {
      judge: 'trl-lib/tldr-preference',
      validationFraction: 0.05,
    },
    online: {
      // The batch of 512 counts responses: 256 prompts. 1,200 updates are then 3.3 epochs, as the paper says.
      training: paperOnline,
      proxy: scales.paper.sft,
      validationFraction: 0.05,
    },
    evaluation: { points: 10, klPrompts: 512, otherTemperature: 1, largerBeta: 'end', weightedPairs: 4096 },
  },
};

/** Checkpoints only serve to resume a stage, so the newest one is enough. */
const CHECKPOINTS = { checkpointEvery: 50, keepCheckpoints: 1 };

/** The settings of a study at a scale: everything but its runs and seeds. Defaults are filled in by `parseStudySettings`. */
export function scaleSettings(name: ScaleName): Readonly<Record<string, unknown>> {
  const scale = scales[name];
  const { gold, online, evaluation } = studyScales[name];
  const { vocabularySize, ...shape }: ShapeSettings = scale.shape;
  const { pretrained } = scale;
  const training = trainingAt(scale);
  const supervised = { ...training(scale.sft), promptWeight: scale.promptWeight };
  return {
    scale: name,
    source: scale.source,
    backend: scale.backend,
    corpus: {
      ...scale.records,
      vocabularySize,
      ...scale.lengths,
      ...(scale.splits && { splits: scale.splits }),
    },
    policy: pretrained ? { pretrained: pretrained.policy } : shape,
    supervised,
    gold: {
      ...(pretrained && { model: { pretrained: pretrained.gold } }),
      ...gold,
      supervised,
      training: training(scale.reward),
    },
    preference: training(scale.train),
    // As in the paper; at tiny scale at fixed shares, without evaluations of its own.
    shift: { beta: 0.01, early: 0.2, late: name === 'tiny' ? 0.6 : 'best' },
    online: {
      training: training(online.training),
      samples: 2,
      proxy: { training: training(online.proxy), validationFraction: online.validationFraction },
    },
    evaluation,
  };
}

function trainingAt({ microBatchSize }: Scale): (learning: Learning) => object {
  return (learning) => ({ microBatchSize, maxGradientNorm: MAX_GRADIENT_NORM, ...CHECKPOINTS, ...learning });
}
