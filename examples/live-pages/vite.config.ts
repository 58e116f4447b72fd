import { defineConfig } from 'vite';

export default defineConfig({
  // So that the page may lie in any folder of a server.
  base: './',
  build: { target: 'es2022', chunkSizeWarningLimit: 3000 },
  // The workers load back ends when they need them.
  worker: { format: 'es' },
});
