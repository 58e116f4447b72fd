// vega-statistics ships no declarations; these are the two functions that this package uses.
declare module 'vega-statistics' {
  export function quantileNormal(probability: number, mean?: number, standardDeviation?: number): number;
  export function cumulativeNormal(value: number, mean?: number, standardDeviation?: number): number;
}
