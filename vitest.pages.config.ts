import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import workspace from './vitest.config';

const { projects, ...test } = workspace.test ?? {};

/** The how-to pages and the quick starts, followed word by word in empty folders, which takes minutes. */
const config: ViteUserConfig = mergeConfig(
  { ...workspace, test },
  defineConfig({ test: { include: ['tools/pages/src/*-followed.test.ts'] } }),
);

export default config;
