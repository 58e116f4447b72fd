export type { ArchitectureTestOptions } from './subject.js';
export { ConformanceError, testArchitecture } from './test-architecture.js';
