export { type BackendName, type BackendReport, useBackend } from './use-backend.js';
