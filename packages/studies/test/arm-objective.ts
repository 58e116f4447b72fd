import {
  adaptiveImportance,
  dpo,
  fixed,
  type ImportanceOptions,
  inverseLength,
  inverseSqrtLength,
  type Objective,
} from '@ais/objectives';
import type { Arm, ArmName } from '../src/exact/arms.js';

const smoothings = {
  ais: inverseLength,
  'ais-sqrt': inverseSqrtLength,
  plain: () => fixed(1),
  'self-normalized': inverseLength,
  'mean-weight': inverseLength,
} as const satisfies Record<ArmName, () => ImportanceOptions['smoothing']>;

/** The objective of @ais/objectives whose gradient an arm follows; DPO without one. */
export function armObjective(arm: Arm | undefined, beta: number): Objective {
  if (!arm) return dpo({ beta });
  return dpo({
    beta,
    importance: adaptiveImportance({
      smoothing: smoothings[arm.name](),
      selfNormalized: arm.normalization === 'self',
      meanWeightOnly: arm.normalization === 'mean',
    }),
  });
}
