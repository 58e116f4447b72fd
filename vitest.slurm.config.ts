import type { ViteUserConfig } from 'vitest/config';
import { equipped } from './tools/vitest/equipped';

/** Tests that need SLURM: Debian's `slurm-wlm` and `munge`, and to be root; for training in several processes, OpenMPI and `libpmix-dev` too. */
const config: ViteUserConfig = equipped({
  include: ['packages/*/test/**/*-slurm.test.ts', 'tools/pages/src/*-slurm.test.ts'],
  testTimeout: 1_800_000,
});

export default config;
