import { defineConfig } from 'vitest/config';

// Preparing a set starts threads that tokenize.
export default defineConfig({ test: { testTimeout: 60_000 } });
