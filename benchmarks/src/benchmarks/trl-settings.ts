/** A way to set TRL's DPOTrainer up. */
export interface TrlSetting {
  readonly name: string;
  /** What a table calls it. */
  readonly title: string;
  /** Fields of `DPOConfig` that differ from its defaults, for a step of this many pairs. */
  readonly options: (pairs: number) => Readonly<Record<string, string | number | boolean>>;
  /** Whether it computes in float32, as we do: only those compete for the fastest. */
  readonly float32: boolean;
  /** Whether it is measured without being asked for by name. */
  readonly usual: boolean;
}

const whole = (pairs: number): Readonly<Record<string, number | boolean>> => ({
  per_device_train_batch_size: pairs,
  bf16: false,
});
const precomputed = { precompute_ref_log_probs: true };
const kept = { gradient_checkpointing: false };

/** TRL's defaults, but for float32 where they say bfloat16, and what makes it faster. */
export const trlSettings: readonly TrlSetting[] = [
  { name: 'default', title: 'TRL, defaults', options: whole, float32: true, usual: true },
  {
    name: 'precomputed',
    title: 'TRL, reference precomputed',
    options: (pairs) => ({ ...whole(pairs), ...precomputed }),
    float32: true,
    usual: true,
  },
  {
    name: 'precomputed-kept',
    title: 'TRL, reference precomputed, no gradient checkpointing',
    options: (pairs) => ({ ...whole(pairs), ...precomputed, ...kept }),
    float32: true,
    usual: true,
  },
  {
    name: 'precomputed-kept-single',
    title: 'TRL, reference precomputed, no gradient checkpointing, one pair at a time',
    options: (pairs) => ({
      ...whole(1),
      ...precomputed,
      ...kept,
      gradient_accumulation_steps: pairs,
    }),
    float32: true,
    usual: false,
  },
  {
    name: 'precomputed-kept-compiled',
    title: 'TRL, reference precomputed, no gradient checkpointing, torch.compile',
    options: (pairs) => ({ ...whole(pairs), ...precomputed, ...kept, torch_compile: true }),
    float32: true,
    usual: false,
  },
  {
    name: 'bfloat16',
    title: 'TRL, defaults, bfloat16 autocast as shipped',
    options: (pairs) => ({ per_device_train_batch_size: pairs }),
    float32: false,
    usual: false,
  },
];
