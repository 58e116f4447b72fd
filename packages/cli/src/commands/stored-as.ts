import type { StoredAs } from '@ais/pipeline';
import { Option } from 'commander';

/** `--type`, which `ais model export` and `push` share. */
export function ggufType(): Option {
  return new Option('--type <type>', 'how the matrices of a GGUF file are stored; f32 by default').choices([
    'f32',
    'f16',
    'q8_0',
  ]);
}

/** `--dtype`, which they share too. */
export function weightDtype(): Option {
  const description =
    'how the weights of a folder or an adapter are stored; by default as the model has them';
  return new Option('--dtype <dtype>', description).choices(['float32', 'bfloat16', 'float16']);
}

/** The flags that were given. */
export function storedAs({ type, dtype }: StoredAs): StoredAs {
  return { ...(type !== undefined && { type }), ...(dtype !== undefined && { dtype }) };
}
