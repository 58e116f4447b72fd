/** A zip that holds shared libraries and headers, most often of the Python package index. No Python is needed to use it. */
export interface Wheel {
  readonly distribution: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Where it lies if that is not an index. */
  readonly url?: string;
}

/** Everything that is pinned about TensorFlow on one platform. */
export interface NativeRecipe {
  /** `process.platform`-`process.arch`-kind. */
  readonly key: string;
  readonly tensorflow: string;
  /** TensorFlow's own libraries, and the folder of the wheel that they are in. */
  readonly libraries: readonly [string, ...string[]];
  readonly folder: string;
  /** The first holds TensorFlow's libraries and headers; CUDA's libraries follow. */
  readonly wheels: readonly Wheel[];
  /** Disk space that the unpacked files take, for a check beforehand. */
  readonly unpackedBytes: number;
}

const linux = {
  libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  folder: 'tensorflow',
} as const;
const macOs = {
  libraries: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
  folder: 'tensorflow',
} as const;

const recipes: readonly NativeRecipe[] = [
  {
    key: 'linux-x64-cpu',
    tensorflow: '2.15.1',
    ...linux,
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
    ...linux,
    unpackedBytes: 695_000_000,
    wheels: [
      {
        distribution: 'tensorflow-cpu-aws',
        version: '2.15.1',
        file: 'tensorflow_cpu_aws-2.15.1-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl',
        sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
        bytes: 211_874_120,
      },
    ],
  },
  {
    key: 'darwin-arm64-cpu',
    tensorflow: '2.15.1',
    ...macOs,
    unpackedBytes: 604_000_000,
    wheels: [
      {
        distribution: 'tensorflow',
        version: '2.15.1',
        file: 'tensorflow-2.15.1-cp311-cp311-macosx_12_0_arm64.whl',
        sha256: 'aa926114d1e13ffe5b2ea59c3f195216f26646d7fe36e9e5207b291e4b7902ff',
        bytes: 205_736_374,
      },
    ],
  },
  {
    key: 'darwin-x64-cpu',
    tensorflow: '2.15.1',
    ...macOs,
    unpackedBytes: 722_000_000,
    wheels: [
      {
        distribution: 'tensorflow',
        version: '2.15.1',
        file: 'tensorflow-2.15.1-cp311-cp311-macosx_10_15_x86_64.whl',
        sha256: '6761efe511e6ee0f893f60738fefbcc51d6dc386eeaaafea59d21899ef369ffd',
        bytes: 236_482_723,
      },
    ],
  },
  {
    // The wheels for Windows hold no library that a program without Python can load: this is the archive that tfjs-node itself
    // downloads.
    key: 'win32-x64-cpu',
    tensorflow: '2.9.1',
    libraries: ['tensorflow.dll'],
    folder: 'lib',
    unpackedBytes: 400_000_000,
    wheels: [
      {
        distribution: 'libtensorflow',
        version: '2.9.1',
        file: 'libtensorflow-cpu-windows-x86_64-2.9.1.zip',
        sha256: '56fa7e84c984144311563b405bd0e565568f3cbe2c15ac4713e9c8174a02b00f',
        bytes: 68_480_862,
        url: 'https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-cpu-windows-x86_64-2.9.1.zip',
      },
    ],
  },
  {
    // The CUDA libraries are those of this wheel's `and-cuda` extra that TensorFlow looks for, and what these need: without the
    // compiler, which only just-in-time compilation uses, and without NCCL and cuRAND, which it neither links nor loads.
    key: 'linux-x64-gpu',
    tensorflow: '2.20.0',
    ...linux,
    unpackedBytes: 4_935_000_000,
    wheels: [
      {
        distribution: 'tensorflow',
        version: '2.20.0',
        file: 'tensorflow-2.20.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
        sha256: '481499fd0f824583de8945be61d5e827898cdaa4f5ea1bc2cc28ca2ccff8229e',
        bytes: 620_570_129,
      },
      {
        distribution: 'nvidia-cublas-cu12',
        version: '12.9.3.13',
        file: 'nvidia_cublas_cu12-12.9.3.13-py3-none-manylinux_2_27_x86_64.whl',
        sha256: 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
        bytes: 581_217_458,
      },
      {
        distribution: 'nvidia-cuda-cupti-cu12',
        version: '12.8.90',
        file: 'nvidia_cuda_cupti_cu12-12.8.90-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
        sha256: 'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
        bytes: 10_248_621,
      },
      {
        distribution: 'nvidia-cuda-nvrtc-cu12',
        version: '12.9.86',
        file: 'nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
        sha256: '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
        bytes: 89_568_129,
      },
      {
        distribution: 'nvidia-cuda-runtime-cu12',
        version: '12.9.79',
        file: 'nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
        sha256: '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
        bytes: 3_493_179,
      },
      {
        distribution: 'nvidia-cudnn-cu12',
        version: '9.28.0.42',
        file: 'nvidia_cudnn_cu12-9.28.0.42-py3-none-manylinux_2_27_x86_64.whl',
        sha256: '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
        bytes: 716_538_495,
      },
      {
        distribution: 'nvidia-cufft-cu12',
        version: '11.4.1.4',
        file: 'nvidia_cufft_cu12-11.4.1.4-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
        sha256: 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
        bytes: 200_877_592,
      },
      {
        distribution: 'nvidia-cusolver-cu12',
        version: '11.7.5.82',
        file: 'nvidia_cusolver_cu12-11.7.5.82-py3-none-manylinux_2_27_x86_64.whl',
        sha256: '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
        bytes: 338_117_415,
      },
      {
        distribution: 'nvidia-cusparse-cu12',
        version: '12.5.10.65',
        file: 'nvidia_cusparse_cu12-12.5.10.65-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
        sha256: '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
        bytes: 366_465_088,
      },
      {
        distribution: 'nvidia-nvjitlink-cu12',
        version: '12.9.86',
        file: 'nvidia_nvjitlink_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
        sha256: 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
        bytes: 39_748_338,
      },
    ],
  },
];

/** The pinned wheels for a platform, or undefined where there are none. */
export function findRecipe(platform: string, architecture: string, gpu: boolean): NativeRecipe | undefined {
  const key = `${platform}-${architecture}-${gpu ? 'gpu' : 'cpu'}`;
  return recipes.find((recipe) => recipe.key === key);
}
