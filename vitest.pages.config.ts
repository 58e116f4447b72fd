import type { ViteUserConfig } from 'vitest/config';
import { equipped } from './tools/vitest/equipped';

/** The how-to pages and the quick starts, followed word by word in empty folders, which takes minutes. */
const config: ViteUserConfig = equipped({ include: ['tools/pages/src/*-followed.test.ts'] });

export default config;
