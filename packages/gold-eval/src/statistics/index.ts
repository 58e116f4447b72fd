export { type BootstrapOptions, bootstrapInterval } from './bootstrap.js';
export { type McNemar, mcnemar } from './mcnemar.js';
export { studentQuantile } from './student-quantile.js';
export { type Interval, wilsonInterval } from './wilson-interval.js';
