export { inMemoryGroup } from './group/in-memory-group.js';
