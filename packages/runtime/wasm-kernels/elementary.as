// AssemblyScript. Everything here works on float32 arrays in the memory of TensorFlow.js's WASM back end, given as byte
// offsets; nothing is allocated, and there is no static data that could lie where that memory is in use.
//
// What is exported to JavaScript computes a share of its results: of the rows, columns, heads, or numbers from `from` to `to`.
// Several threads take a share each. No sum is split among them, so the digits are the same however many there are.

/** exp of four numbers ≤ 0, to 2e-7 relative; 0 below −87, where float32's smallest normal number is near. */
@inline
export function exp4(x: v128): v128 {
  const visible = f32x4.gt(x, f32x4.splat(-87));
  const bounded = f32x4.max(x, f32x4.splat(-87));
  // x = n·ln 2 + r with |r| ≤ ½ ln 2; ln 2 in two parts, so that n·ln 2 loses no digits (Cody and Waite).
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  // The minimax polynomial of Cephes' expf.
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.and(f32x4.mul(p, power), visible);
}

@inline
export function sum4(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

@inline
export function max4(x: v128): f32 {
  return max(
    max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}

/** Bytes of so many float32. */
@inline
export function bytes(count: i32): usize {
  return <usize>(count << 2);
}

export function zero(out: usize, count: i32): void {
  memory.fill(out, 0, bytes(count));
}
