import { bytes } from './elementary';

/**
 * An update of AdamW, for the numbers from `from` to `to`: m ← β₁m + fresh with fresh = scale·g, v ← β₂v + square·fresh²,
 * p ← keep·p − m/(slope·√v + offset), rounded as plain operations round. `out` has the new parameter, `average` and
 * `squares` are changed in place. At `rests` the parameter only decays.
 */
export function adam(
  from: i32,
  to: i32,
  parameter: usize,
  gradient: usize,
  average: usize,
  squares: usize,
  beta1: f32,
  beta2: f32,
  scale: f32,
  square: f32,
  keep: f32,
  slope: f32,
  offset: f32,
  rests: bool,
  out: usize,
): void {
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = bytes(i);
    const fresh = f32x4.mul(v128.load(gradient + at), f32x4.splat(scale));
    const m = average4(v128.load(average + at), fresh, beta1);
    const v = squares4(v128.load(squares + at), fresh, beta2, square);
    v128.store(average + at, m);
    v128.store(squares + at, v);
    v128.store(out + at, moved4(v128.load(parameter + at), m, v, keep, slope, offset, rests));
  }
  for (; i < to; i++) {
    const at = bytes(i);
    const fresh: f32 = load<f32>(gradient + at) * scale;
    const m: f32 = load<f32>(average + at) * beta1 + fresh;
    const v: f32 = load<f32>(squares + at) * beta2 + fresh * fresh * square;
    store<f32>(average + at, m);
    store<f32>(squares + at, v);
    store<f32>(out + at, moved(load<f32>(parameter + at), m, v, keep, slope, offset, rests));
  }
}

/**
 * The same with both moments as bfloat16, m in the upper half of a number of `halves` and v in the lower one. They are rounded up or down at
 * random, as likely as they are near: what one update adds to v is less than half the distance to bfloat16's next number.
 */
export function adamInHalves(
  from: i32,
  to: i32,
  parameter: usize,
  gradient: usize,
  halves: usize,
  beta1: f32,
  beta2: f32,
  scale: f32,
  square: f32,
  keep: f32,
  slope: f32,
  offset: f32,
  rests: bool,
  update: i32,
  out: usize,
): void {
  const upper = i32x4.splat(0xffff0000);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = bytes(i);
    const fresh = f32x4.mul(v128.load(gradient + at), f32x4.splat(scale));
    const both = v128.load(halves + at);
    const m = average4(v128.and(both, upper), fresh, beta1);
    const v = squares4(i32x4.shl(both, 16), fresh, beta2, square);
    const bits = random4(i, update);
    const m16 = v128.and(i32x4.add(m, v128.andnot(bits, upper)), upper);
    const v16 = i32x4.shr_u(i32x4.add(v, i32x4.shr_u(bits, 16)), 16);
    v128.store(halves + at, v128.or(m16, v16));
    v128.store(out + at, moved4(v128.load(parameter + at), m, v, keep, slope, offset, rests));
  }
  for (; i < to; i++) {
    const at = bytes(i);
    const fresh: f32 = load<f32>(gradient + at) * scale;
    const both = load<u32>(halves + at);
    const m: f32 = reinterpret<f32>(both & 0xffff0000) * beta1 + fresh;
    const v: f32 = reinterpret<f32>(both << 16) * beta2 + fresh * fresh * square;
    const bits: u32 = i32x4.extract_lane(random4(i, update), 0);
    const m16 = (reinterpret<u32>(m) + (bits & 0xffff)) & 0xffff0000;
    const v16 = (reinterpret<u32>(v) + (bits >> 16)) >> 16;
    store<u32>(halves + at, m16 | v16);
    store<f32>(out + at, moved(load<f32>(parameter + at), m, v, keep, slope, offset, rests));
  }
}

@inline
function average4(m: v128, fresh: v128, beta1: f32): v128 {
  return f32x4.add(f32x4.mul(m, f32x4.splat(beta1)), fresh);
}

@inline
function squares4(v: v128, fresh: v128, beta2: f32, square: f32): v128 {
  return f32x4.add(
    f32x4.mul(v, f32x4.splat(beta2)),
    f32x4.mul(f32x4.mul(fresh, fresh), f32x4.splat(square)),
  );
}

/** The parameter's new value. */
@inline
function moved4(p: v128, m: v128, v: v128, keep: f32, slope: f32, offset: f32, rests: bool): v128 {
  const kept = f32x4.mul(p, f32x4.splat(keep));
  const root = f32x4.add(f32x4.mul(f32x4.sqrt(v), f32x4.splat(slope)), f32x4.splat(offset));
  return rests ? kept : f32x4.sub(kept, f32x4.div(m, root));
}

@inline
function moved(p: f32, m: f32, v: f32, keep: f32, slope: f32, offset: f32, rests: bool): f32 {
  const kept: f32 = p * keep;
  return rests ? kept : kept - m / (sqrt<f32>(v) * slope + offset);
}

/** 32 random bits for each of four numbers: Chris Wellons's lowbias32 of the place and the update. */
@inline
function random4(place: i32, update: i32): v128 {
  let x = i32x4.add(i32x4.splat(place + update * 0x9e3779b9), i32x4(0, 1, 2, 3));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}
