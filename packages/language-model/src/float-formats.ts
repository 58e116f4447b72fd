/** Reads little-endian numbers of a safetensors type as float32; undefined where the type holds no such numbers. */
export function toFloat32(bytes: Uint8Array, dtype: string): Float32Array | undefined {
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned(bytes, 4));
    case 'F16':
      return Float32Array.from(new Uint16Array(aligned(bytes, 2)), halfToNumber);
    case 'BF16': {
      // bfloat16 is the upper half of a float32.
      const halves = new Uint16Array(aligned(bytes, 2));
      const result = new Uint32Array(halves.length);
      for (let index = 0; index < halves.length; index++) result[index] = (halves[index] as number) << 16;
      return new Float32Array(result.buffer);
    }
    default:
      return undefined;
  }
}

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent with bias 15, 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function aligned(bytes: Uint8Array, size: number): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer;
  const whole = byteLength - (byteLength % size);
  return bytes.slice(0, whole).buffer as ArrayBuffer;
}
