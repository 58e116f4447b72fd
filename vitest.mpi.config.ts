import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import workspace from './vitest.config';

const { projects, ...test } = workspace.test ?? {};

/** What needs OpenMPI: Debian's `openmpi-bin` and `libopenmpi3`. */
const config: ViteUserConfig = mergeConfig(
  { ...workspace, test },
  defineConfig({
    test: { include: ['packages/distributed/test/**/*-mpi.test.ts'] },
  }),
);

export default config;
