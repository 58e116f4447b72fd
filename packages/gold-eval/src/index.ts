export { GoldEvalError, type GoldEvalErrorCode } from './gold-eval-error.js';
export { type Interval, wilsonInterval } from './wilson-interval.js';
export {
  pairOutcomes,
  type WinRate,
  type WinRateOptions,
  winRate,
  winRateOfOutcomes,
} from './win-rate.js';
