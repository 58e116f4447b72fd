export { type BootstrapOptions, bootstrapInterval, type ClusteredBootstrapOptions } from './bootstrap.js';
export type { Clusters } from './clusters.js';
export { simultaneousConfidence } from './confidence.js';
export { type McNemar, mcnemar } from './mcnemar.js';
export { studentQuantile } from './student-quantile.js';
export { clusteredWilson, type Interval, wilsonInterval } from './wilson-interval.js';
