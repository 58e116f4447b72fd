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
    const m = f32x4.add(f32x4.mul(v128.load(average + at), f32x4.splat(beta1)), fresh);
    const v = f32x4.add(
      f32x4.mul(v128.load(squares + at), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(fresh, fresh), f32x4.splat(square)),
    );
    v128.store(average + at, m);
    v128.store(squares + at, v);
    const kept = f32x4.mul(v128.load(parameter + at), f32x4.splat(keep));
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(v), f32x4.splat(slope)), f32x4.splat(offset));
    v128.store(out + at, rests ? kept : f32x4.sub(kept, f32x4.div(m, root)));
  }
  for (; i < to; i++) {
    const at = bytes(i);
    const fresh: f32 = load<f32>(gradient + at) * scale;
    const m: f32 = load<f32>(average + at) * beta1 + fresh;
    const v: f32 = load<f32>(squares + at) * beta2 + fresh * fresh * square;
    store<f32>(average + at, m);
    store<f32>(squares + at, v);
    const kept: f32 = load<f32>(parameter + at) * keep;
    store<f32>(out + at, rests ? kept : kept - m / (sqrt<f32>(v) * slope + offset));
  }
}
