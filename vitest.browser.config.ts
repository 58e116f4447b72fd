import type { ViteUserConfig } from 'vitest/config';
import { equipped } from './tools/vitest/equipped';

/** Tests that run in a real browser; they need Chromium. */
const config: ViteUserConfig = equipped({
  include: ['packages/*/test/**/*-browser.test.ts', '{examples,tools}/*/src/**/*-browser.test.ts'],
});

export default config;
