import { adaptiveImportance, dpo, type Objective } from '@ais/objectives';
import type { MethodName } from './demo-settings.js';

export interface Method {
  readonly name: MethodName;
  /** As tables and legends show it. */
  readonly title: string;
  readonly description: string;
  /** Whether importance weights adapt to the response's length. */
  readonly adaptive: boolean;
  readonly objective: (beta: number) => Objective;
}

/** The methods that the demo can compare. */
export const methods: Readonly<Record<MethodName, Method>> = {
  dpo: {
    name: 'dpo',
    title: 'DPO',
    description: 'Direct preference optimization: −log σ(βρ).',
    adaptive: false,
    objective: (beta) => dpo({ beta }),
  },
  'ais-dpo': {
    name: 'ais-dpo',
    title: 'AIS-DPO',
    description: 'DPO with each pair weighted by (π_θ/π_ref)^α of both responses, α = 1/|y|.',
    adaptive: true,
    objective: (beta) => dpo({ beta, importance: adaptiveImportance() }),
  },
};
