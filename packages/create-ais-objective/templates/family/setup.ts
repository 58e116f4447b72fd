import { useBackend } from '@ais/runtime';

await useBackend('wasm');
