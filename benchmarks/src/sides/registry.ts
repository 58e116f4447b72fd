import { openCheckpointSide } from './checkpoint-side.js';
import { openGenerationSide } from './generation-side.js';
import { openLoadingSide } from './loading-side.js';
import { openPlanningSide } from './planning-side.js';
import { openPreferencePartsSide } from './preference-parts-side.js';
import { openPreferenceSide } from './preference-side.js';
import { openPreparingSide } from './preparing-side.js';
import { openQueueWorkerSide } from './queue-worker-side.js';
import type { Side } from './side.js';
import { openStartingSetSide } from './starting-set-side.js';
import { openStartingSide } from './starting-side.js';
import { openTokenizingSide } from './tokenizing-side.js';

export type SideName =
  | 'checkpoint'
  | 'generation'
  | 'loading'
  | 'planning'
  | 'preference'
  | 'preference-parts'
  | 'preparing'
  | 'queue-worker'
  | 'starting'
  | 'starting-set'
  | 'tokenizing';

/** Our sides; each is opened with its settings. */
export const sides: Readonly<Record<SideName, (settings: never) => Promise<Side>>> = {
  checkpoint: openCheckpointSide,
  generation: openGenerationSide,
  loading: openLoadingSide,
  planning: openPlanningSide,
  preference: openPreferenceSide,
  'preference-parts': openPreferencePartsSide,
  preparing: openPreparingSide,
  'queue-worker': openQueueWorkerSide,
  starting: openStartingSide,
  'starting-set': openStartingSetSide,
  tokenizing: openTokenizingSide,
};
