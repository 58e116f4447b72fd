import { setTimeout as delay } from 'node:timers/promises';
import type { StageKind, StageRegistry } from '@ais/workflow';

/** Takes some seconds of an otherwise idle processor, and leaves nothing. */
export const waiting: StageKind<{ readonly seconds: number; readonly number: number }, object, object> = {
  name: 'waiting',
  async run({ seconds }, _inputs, { signal }) {
    await delay(1000 * seconds, undefined, { signal });
    return {};
  },
};

/** The module's stages, which processes of the queue load. */
export const stages: StageRegistry = { kinds: [waiting] };
