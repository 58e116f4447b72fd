import { defineConfig } from 'vitest/config';

// The suite compares every gradient with finite differences.
export default defineConfig({ test: { setupFiles: ['./setup.ts'], testTimeout: 300_000 } });
