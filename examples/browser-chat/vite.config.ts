import { defineConfig } from 'vite';

export default defineConfig({
  // So that the page may lie in any folder of a server.
  base: './',
  build: { target: 'es2022', chunkSizeWarningLimit: 3000 },
  worker: { format: 'es' },
});
