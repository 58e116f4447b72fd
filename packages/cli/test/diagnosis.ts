import type { Diagnosis } from '@ais/runtime/doctor';

interface DiagnosisFacts {
  readonly advice: string | null;
  /** Why native TensorFlow does not run. */
  readonly reason: string;
  readonly remedy: string;
  /** Those of WASM, which runs. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The diagnosis of `ais doctor` on a machine where WASM runs, and native TensorFlow does not. */
export function diagnosisOf({ advice, reason, remedy, versions }: DiagnosisFacts): Diagnosis {
  return {
    backend: 'wasm',
    advice,
    backends: [
      { backend: 'native', works: false, reason, remedy, versions: {}, measurement: null },
      {
        backend: 'wasm',
        works: true,
        reason: null,
        remedy: null,
        versions,
        measurement: { size: 1024, milliseconds: 150, gigaflopsPerSecond: 14.316, products: 9, threads: 2 },
      },
    ],
    machine: {
      node: '20.0.0',
      platform: 'linux',
      architecture: 'x64',
      processor: 'a processor',
      cores: 2,
      memoryBytes: 25e9,
      freeMemoryBytes: 20e9,
    },
  };
}
