import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import workspace from './vitest.config';

const { projects, ...test } = workspace.test ?? {};

/** What needs SLURM: Debian's `slurm-wlm` and `munge`, and to be root; for training in several processes, OpenMPI and `libpmix-dev` too. */
const config: ViteUserConfig = mergeConfig(
  { ...workspace, test },
  defineConfig({
    test: {
      include: ['packages/*/test/**/*-slurm.test.ts', 'tools/pages/src/*-slurm.test.ts'],
      testTimeout: 1_800_000,
    },
  }),
);

export default config;
