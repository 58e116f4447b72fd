import type { ViteUserConfig } from 'vitest/config';
import { equipped } from './tools/vitest/equipped';

/** Tests that need OpenMPI: Debian's `openmpi-bin` and `libopenmpi3`. */
const config: ViteUserConfig = equipped({ include: ['packages/distributed/test/**/*-mpi.test.ts'] });

export default config;
