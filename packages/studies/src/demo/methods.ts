import type { StudyMethod } from '../study/study-data.js';
import type { MethodName } from './demo-settings.js';

export interface Method extends StudyMethod {
  readonly description: string;
}

/** The methods that the demo can compare. */
export const methods: Readonly<Record<MethodName, Method>> = {
  dpo: {
    title: 'DPO',
    description: 'Direct preference optimization: −log σ(βρ).',
    objective: 'dpo',
    importance: { kind: 'none' },
  },
  'ais-dpo': {
    title: 'AIS-DPO',
    description: 'DPO with each pair weighted by (π_θ/π_ref)^α of both responses, α = 1/|y|.',
    objective: 'dpo',
    importance: { kind: 'adaptive' },
  },
};
