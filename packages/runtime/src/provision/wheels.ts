/** A file of the Python package index: a zip that holds shared libraries and headers. No Python is needed to use it. */
export interface Wheel {
  readonly distribution: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Everything that is pinned about TensorFlow on one platform. */
export interface NativeRecipe {
  /** `process.platform`-`process.arch`-kind. */
  readonly key: string;
  readonly tensorflow: string;
  /** The first holds TensorFlow's libraries and headers; CUDA's libraries follow. */
  readonly wheels: readonly Wheel[];
  /** Disk space that the unpacked files take, for a check beforehand. */
  readonly unpackedBytes: number;
}

const recipes: readonly NativeRecipe[] = [
  {
    key: 'linux-x64-cpu',
    tensorflow: '2.15.1',
    unpackedBytes: 614_000_000,
    wheels: [
      {
        distribution: 'tensorflow-cpu',
        version: '2.15.1',
        file: 'tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
        sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
        bytes: 207_208_420,
      },
    ],
  },
  {
    key: 'linux-arm64-cpu',
    tensorflow: '2.15.1',
    unpackedBytes: 695_000_000,
    wheels: [
      {
        distribution: 'tensorflow-cpu-aws',
        version: '2.15.1',
        file: 'tensorflow_cpu_aws-2.15.1-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl',
        sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
        bytes: 211874120,
      },
    ],
  },
];

/** The pinned wheels for a platform, or undefined where there are none. */
export function findRecipe(platform: string, architecture: string, gpu: boolean): NativeRecipe | undefined {
  const key = `${platform}-${architecture}-${gpu ? 'gpu' : 'cpu'}`;
  return recipes.find((recipe) => recipe.key === key);
}
