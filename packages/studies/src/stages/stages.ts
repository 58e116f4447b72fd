import type { StageKind, StageRegistry } from '@ais/workflow';
import { requireContents } from './content-hashes.js';
import { softwareVersions } from './software-versions.js';
import { stageKinds } from './stage-kinds.js';

/** What a process needs to run the stages of studies: a worker is told the URL of this module. */
export const stages: StageRegistry = {
  kinds: Object.values(stageKinds).map(withContentsChecked),
  versions: softwareVersions(),
};

function withContentsChecked(kind: StageKind): StageKind {
  return {
    ...kind,
    run: async (settings, inputs, context) => {
      await requireContents(context.hints);
      return kind.run(settings, inputs, context);
    },
  };
}
