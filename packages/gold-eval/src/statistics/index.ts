export { type BootstrapOptions, bootstrapInterval } from './bootstrap.js';
export { simultaneousConfidence } from './confidence.js';
export { type McNemar, mcnemar } from './mcnemar.js';
export { studentQuantile } from './student-quantile.js';
export { clusteredWilson, type Interval, wilsonInterval } from './wilson-interval.js';
