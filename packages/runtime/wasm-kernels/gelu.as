import { bytes, exp4 } from './elementary';

/**
 * 1 + erf u for four numbers, given e = exp(−u²).
 *
 * erfc|u| = (a₁t + … + a₅t⁵)·e with t = 1/(1 + p|u|), absolute error at most 1.5e-7:
 * Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
 */
@inline
function onePlusErf(u: v128, e: v128): v128 {
  const t = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(0.3275911), f32x4.abs(u))));
  let p = f32x4.splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(p, t), e);
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(2), tail), f32x4.lt(u, f32x4.splat(0)));
}

@inline
function gelu4(u: v128): v128 {
  return f32x4.mul(u, onePlusErf(u, exp4(f32x4.neg(f32x4.mul(u, u)))));
}

@inline
function gradient4(g: v128, u: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.mul(u, u)));
  const slope = f32x4.add(onePlusErf(u, e), f32x4.mul(f32x4.mul(u, e), f32x4.splat(1.1283791671)));
  return f32x4.mul(g, slope);
}

/** u·(1 + erf u). */
export function gelu(from: i32, to: i32, u: usize, out: usize): void {
  let i = from;
  for (; i + 4 <= to; i += 4) v128.store(out + bytes(i), gelu4(v128.load(u + bytes(i))));
  for (; i < to; i++) {
    store<f32>(out + bytes(i), f32x4.extract_lane(gelu4(f32x4.splat(load<f32>(u + bytes(i)))), 0));
  }
}

/** gradient·(1 + erf u + u·(2/√π)·exp(−u²)). */
export function geluGradient(from: i32, to: i32, gradient: usize, u: usize, out: usize): void {
  let i = from;
  for (; i + 4 <= to; i += 4) {
    v128.store(out + bytes(i), gradient4(v128.load(gradient + bytes(i)), v128.load(u + bytes(i))));
  }
  for (; i < to; i++) {
    const g = f32x4.splat(load<f32>(gradient + bytes(i)));
    store<f32>(out + bytes(i), f32x4.extract_lane(gradient4(g, f32x4.splat(load<f32>(u + bytes(i)))), 0));
  }
}
