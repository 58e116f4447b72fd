export interface LineFit {
  readonly slope: number;
  /** The standard error of the slope, for independent residuals. */
  readonly slopeError: number;
}

/** Least squares: y ≈ a + slope·x; the error is √(Σr²/(n − 2) / Σ(x − x̄)²). */
export function fitLine(x: readonly number[], y: readonly number[]): LineFit {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [squares, products] = [0, 0];
  x.forEach((value, index) => {
    squares += (value - meanX) ** 2;
    products += (value - meanX) * ((y[index] ?? Number.NaN) - meanY);
  });
  const slope = products / squares;
  const residuals = x.map((value, index) => (y[index] ?? Number.NaN) - meanY - slope * (value - meanX));
  const variance = residuals.reduce((sum, residual) => sum + residual ** 2, 0) / (x.length - 2);
  return { slope, slopeError: Math.sqrt(variance / squares) };
}
