// What can be chosen, what is fixed, and what comes out; without the models, so that the page is light until it trains.
import { type OverOptimization, overOptimization } from '@ais/gold-eval';

/** α of the weights: of a response's length, or plain importance sampling. */
export const exponents = ['1/|y|', '1/√|y|', '1'] as const;
export type Exponent = (typeof exponents)[number];

export const betas = [0.01, 0.03, 0.1, 0.3, 1] as const;

/** What the reader may choose. */
export interface TrainingChoice {
  readonly seed: number;
  readonly beta: number;
  readonly alpha: Exponent;
}

/** Everything that is not for the reader to choose. */
export interface TrainingSettings {
  readonly model: { readonly hiddenSize: number; readonly layerCount: number; readonly headCount: number };
  /** The reference learns from a writer who stops early. */
  readonly reference: {
    readonly steps: number;
    readonly batchSize: number;
    readonly learningRate: number;
    /** The probability that a letter of the writer is any letter. */
    readonly wrong: number;
  };
  /** Prompts with two responses of the reference; ties leave the set. Of the judge's labels a share is turned around. */
  readonly pairs: { readonly prompts: number; readonly noise: number };
  readonly preference: {
    readonly steps: number;
    readonly batchSize: number;
    readonly learningRate: number;
    /** How often both policies are measured, beside the start. */
    readonly evaluations: number;
  };
  /** The policies' responses are judged beside the reference's, at one temperature; KL is measured on samples at temperature 1. */
  readonly evaluation: { readonly prompts: number; readonly temperature: number };
}

/** docs/decisions/live-pages.md says why they are so. */
export const settings: TrainingSettings = {
  model: { hiddenSize: 32, layerCount: 2, headCount: 4 },
  reference: { steps: 240, batchSize: 32, learningRate: 5e-3, wrong: 0.05 },
  pairs: { prompts: 160, noise: 0.1 },
  preference: { steps: 200, batchSize: 16, learningRate: 5e-4, evaluations: 20 },
  evaluation: { prompts: 128, temperature: 1 },
};

export const methods = ['DPO', 'AIS-DPO'] as const;
export type Method = (typeof methods)[number];

/** A policy, measured. */
export interface MeasuredPolicy {
  readonly method: Method;
  readonly step: number;
  readonly squareRootKl: number;
  readonly winRate: {
    readonly rate: number;
    readonly low: number;
    readonly high: number;
    readonly n: number;
  };
  /** 1, ½, or 0 for each held-out prompt. */
  readonly outcomes: readonly number[];
  /** The mean score of the judge. */
  readonly score: number;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly prompt: readonly number[];
  readonly reference: readonly number[];
  readonly response: readonly number[];
}

/** What happens, as it happens. */
export type TrainingEvent =
  | { readonly kind: 'reference' | 'preference'; readonly done: number; readonly of: number }
  | { readonly kind: 'pairs'; readonly pairs: number; readonly flipped: number; readonly score: number }
  | ({ readonly kind: 'measured' } & MeasuredPolicy);

/** Whether a policy got worse after its best point, by more than noise. */
export function riseAndFall(measured: readonly MeasuredPolicy[]): OverOptimization {
  return overOptimization(
    measured.map(({ step, squareRootKl, winRate, outcomes }) => ({
      fraction: step,
      squareRootKl,
      outcomes,
      rate: winRate.rate,
      n: winRate.n,
    })),
  );
}
