import { bytes, exp4 } from './elementary';

// f(h) = h·σ(a): SiLU with a = h, and GELU by the hyperbolic tangent with a = 2·√(2/π)·(h + 0.044715·h³), for
// ½(1 + tanh z) = σ(2z). The slope is σ(a) + f(h)·(1 − σ(a))·a'.

/** The argument's linear and cubic factors: those of tanh-GELU, or 1 and 0. */
@inline
function linearOf(isGelu: bool): v128 {
  return f32x4.splat(isGelu ? 1.5957691216057308 : 1);
}

@inline
function cubicOf(isGelu: bool): v128 {
  return f32x4.splat(isGelu ? 0.0713548162726009 : 0);
}

/** e = exp(−|a|), which lies in [0, 1]: σ is 1/(1 + e) above 0 and e/(1 + e) below, 1 − σ the other way around. */
@inline
function sigmoid4(negative: v128, e: v128, inverse: v128): v128 {
  return v128.bitselect(f32x4.mul(e, inverse), inverse, negative);
}

@inline
function value4(h: v128, linear: v128, cubic: v128): v128 {
  const a = f32x4.mul(h, f32x4.add(linear, f32x4.mul(cubic, f32x4.mul(h, h))));
  const e = exp4(f32x4.neg(f32x4.abs(a)));
  const inverse = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
  return f32x4.mul(h, sigmoid4(f32x4.lt(a, f32x4.splat(0)), e, inverse));
}

/** σ(a) + h·σ(a)·(1 − σ(a))·a' at h; `sigmoid` is σ(a), `rest` 1 − σ(a), and `square` h². */
@inline
function slope4(h: v128, square: v128, sigmoid: v128, rest: v128, linear: v128, cubic: v128): v128 {
  const ofArgument = f32x4.add(linear, f32x4.mul(f32x4.mul(cubic, f32x4.splat(3)), square));
  return f32x4.mul(sigmoid, f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.mul(h, ofArgument), rest)));
}

@inline
function lane(x: v128): f32 {
  return f32x4.extract_lane(x, 0);
}

@inline
function one(at: usize): v128 {
  return f32x4.splat(load<f32>(at));
}

/** f(h). */
export function activate(from: i32, to: i32, h: usize, out: usize, isGelu: bool): void {
  const linear = linearOf(isGelu);
  const cubic = cubicOf(isGelu);
  let i = from;
  for (; i + 4 <= to; i += 4) v128.store(out + bytes(i), value4(v128.load(h + bytes(i)), linear, cubic));
  for (; i < to; i++) store<f32>(out + bytes(i), lane(value4(one(h + bytes(i)), linear, cubic)));
}

/** g ⊙ f'(h). */
@inline
function gradient4(g: v128, h: v128, linear: v128, cubic: v128): v128 {
  const square = f32x4.mul(h, h);
  const a = f32x4.mul(h, f32x4.add(linear, f32x4.mul(cubic, square)));
  const e = exp4(f32x4.neg(f32x4.abs(a)));
  const inverse = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
  const negative = f32x4.lt(a, f32x4.splat(0));
  const sigmoid = sigmoid4(negative, e, inverse);
  const rest = sigmoid4(v128.not(negative), e, inverse);
  return f32x4.mul(g, slope4(h, square, sigmoid, rest, linear, cubic));
}

/** gradient ⊙ f'(h). */
export function activateGradient(from: i32, to: i32, gradient: usize, h: usize, out: usize, isGelu: bool): void {
  const linear = linearOf(isGelu);
  const cubic = cubicOf(isGelu);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = bytes(i);
    v128.store(out + at, gradient4(v128.load(gradient + at), v128.load(h + at), linear, cubic));
  }
  for (; i < to; i++) {
    const at = bytes(i);
    store<f32>(out + at, lane(gradient4(one(gradient + at), one(h + at), linear, cubic)));
  }
}

/** f(h) ⊙ up. */
export function gate(from: i32, to: i32, h: usize, up: usize, out: usize, isGelu: bool): void {
  const linear = linearOf(isGelu);
  const cubic = cubicOf(isGelu);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    v128.store(out + bytes(i), f32x4.mul(value4(v128.load(h + bytes(i)), linear, cubic), v128.load(up + bytes(i))));
  }
  for (; i < to; i++) {
    store<f32>(out + bytes(i), lane(value4(one(h + bytes(i)), linear, cubic)) * load<f32>(up + bytes(i)));
  }
}

/** The gradients of h and of `up`, and f(h) ⊙ up, in one pass. */
export function gateGradient(
  from: i32,
  to: i32,
  gradient: usize,
  h: usize,
  up: usize,
  ofH: usize,
  ofUp: usize,
  out: usize,
  isGelu: bool,
): void {
  const linear = linearOf(isGelu);
  const cubic = cubicOf(isGelu);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = bytes(i);
    const g4 = v128.load(gradient + at);
    const h4 = v128.load(h + at);
    const up4 = v128.load(up + at);
    const value = value4(h4, linear, cubic);
    v128.store(ofUp + at, f32x4.mul(g4, value));
    v128.store(out + at, f32x4.mul(value, up4));
    v128.store(ofH + at, gradient4(f32x4.mul(g4, up4), h4, linear, cubic));
  }
  for (; i < to; i++) {
    const at = bytes(i);
    const g = load<f32>(gradient + at);
    const up1 = load<f32>(up + at);
    const value = lane(value4(one(h + at), linear, cubic));
    store<f32>(ofUp + at, g * value);
    store<f32>(out + at, value * up1);
    store<f32>(ofH + at, lane(gradient4(f32x4.splat(g * up1), one(h + at), linear, cubic)));
  }
}
