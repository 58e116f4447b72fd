import type { StageRegistry } from '@ais/workflow';
import { softwareVersions } from './software-versions.js';
import { stageKinds } from './stage-kinds.js';

/** What a process needs to run the stages of studies: a worker is told the URL of this module. */
export const stages: StageRegistry = { kinds: Object.values(stageKinds), versions: softwareVersions() };
