import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import workspace from './vitest.config';

const { projects, ...test } = workspace.test ?? {};

/** What has to be seen in a real browser; needs Chromium. */
const config: ViteUserConfig = mergeConfig(
  { ...workspace, test },
  defineConfig({
    test: {
      include: ['packages/*/test/**/*-browser.test.ts', '{examples,tools}/*/src/**/*-browser.test.ts'],
    },
  }),
);

export default config;
