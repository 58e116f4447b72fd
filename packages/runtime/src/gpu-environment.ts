const DEFAULTS = {
  // TensorFlow.js makes tensors on the last GPU that it sees and TensorFlow computes on the first: here they are the same.
  CUDA_VISIBLE_DEVICES: '0',
  // Otherwise TensorFlow takes all of the GPU's memory when it starts.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  // Otherwise it multiplies with 10 bits of precision (TF32) on Ampere and later, and importance weights are exponentials.
  NVIDIA_TF32_OVERRIDE: '0',
  // Otherwise it adds up an embedding's gradient in an order that varies, and a run that resumes has other digits.
  TF_DETERMINISTIC_OPS: '1',
};

/** What TensorFlow and CUDA are to find in the environment before they load, but for what the user has set. */
export function gpuEnvironment(given: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => given[name] === undefined));
}
