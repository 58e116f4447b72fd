import { useBackend } from '@ais/runtime';

// Every test file runs on the back end that AIS_BACKEND names: `wasm` unless told otherwise.
await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
