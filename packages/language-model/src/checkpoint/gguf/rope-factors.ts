/** Llama 3's way to reach further than a model was first trained: `rope_scaling` of type `llama3`. */
export interface Llama3Scaling {
  readonly factor: number;
  readonly low_freq_factor: number;
  readonly high_freq_factor: number;
  readonly original_max_position_embeddings: number;
}

/**
 * What divides each rotary frequency f = base^(−2i/size), of wavelength λ = 2π/f, with the original context C: 1 where
 * λ < C/high, the factor where λ > C/low, and 1/((1 − s)/factor + s) with s = (C/λ − low)/(high − low) between.
 *
 * @param size dimensions of a head
 */
export function llama3Factors(scaling: Llama3Scaling, base: number, size: number): Float32Array {
  const { factor, low_freq_factor: low, high_freq_factor: high } = scaling;
  return Float32Array.from({ length: size / 2 }, (_, index) => {
    const wavelength = 2 * Math.PI * base ** ((2 * index) / size);
    const turns = scaling.original_max_position_embeddings / wavelength;
    if (turns > high) return 1;
    if (turns < low) return factor;
    const smooth = (turns - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

/**
 * The scaling that factors come from, which a GGUF file does not say; undefined if they are not those of Llama 3's
 * models, which share everything but the factor.
 */
export function llama3Scaling(factors: Float32Array, base: number): Llama3Scaling | undefined {
  const scaling = {
    factor: factors.reduce((most, factor) => Math.max(most, factor), 1),
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  };
  const expected = llama3Factors(scaling, base, 2 * factors.length);
  const agrees = factors.every((factor, index) => Math.abs(factor / (expected[index] as number) - 1) < 1e-3);
  return agrees ? scaling : undefined;
}
