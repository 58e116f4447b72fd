import { defineConfig } from 'vitest/config';

// The suite evaluates an objective some thousand times.
export default defineConfig({ test: { setupFiles: ['./setup.ts'], testTimeout: 120_000 } });
