import { CheckpointError, type CheckpointErrorCode } from '../errors.js';

/** What a folder or a repository holds that is not a model this package reads. */
interface Kind {
  readonly code: CheckpointErrorCode;
  matches(names: readonly string[]): boolean;
  /** What it is, and what to do. */
  explain(names: readonly string[]): string;
}

const has =
  (...wanted: string[]) =>
  (names: readonly string[]): boolean =>
    wanted.some((name) => names.includes(name));
const named =
  (pattern: RegExp) =>
  (names: readonly string[]): boolean =>
    names.some((name) => pattern.test(name));
const first = (names: readonly string[], pattern: RegExp): string =>
  names.find((name) => pattern.test(name)) ?? '';

const GGUF = /\.gguf$/i;
const PYTORCH = /^(pytorch_model.*|consolidated.*|model)\.(bin|pt|pth)$/;
const OTHER = /^(tf_model.*\.h5|flax_model.*\.msgpack|rust_model\.ot|.*\.onnx)$/;

/** The first that matches is what it is. */
const KINDS: readonly Kind[] = [
  {
    code: 'peft-adapter',
    matches: has('adapter_config.json'),
    explain: (names) =>
      names.includes('adapter_model.bin')
        ? 'it is a PEFT adapter with PyTorch weights (adapter_model.bin), which can run code when they are read. Convert it ' +
          'to safetensors, in Python: AutoPeftModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER).'
        : 'it is a PEFT adapter without its weights, adapter_model.safetensors. Get the file, or finish the download.',
  },
  {
    code: 'gguf-file',
    matches: named(GGUF),
    explain: (names) =>
      `it has weights in several GGUF files, or the Hub has them (${first(names, GGUF)}). Get the one that you want, and give the path of that file.`,
  },
  {
    code: 'pytorch-weights',
    matches: named(PYTORCH),
    explain: (names) =>
      `it has PyTorch weights only (${first(names, PYTORCH)}), which can run code when they are read. Convert them to ` +
      'safetensors, in Python: AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER).',
  },
  {
    code: 'unsupported-weights',
    matches: named(OTHER),
    explain: (names) =>
      `it has weights of another framework only (${first(names, OTHER)}). Convert them to safetensors with transformers.`,
  },
  {
    code: 'prepared-data',
    matches: has('manifest.json'),
    explain: () => 'it is a folder of prepared data, not a model. Give it as the source of the data.',
  },
  {
    code: 'unfinished-run',
    matches: has('checkpoints', 'metrics.jsonl'),
    explain: () =>
      'it is a run that has written no checkpoint yet. Resume the run, or wait for its first checkpoint.',
  },
  {
    code: 'tokenizer-only',
    matches: (names) =>
      has('tokenizer.json', 'tokenizer_config.json', 'vocab.json', 'tokenizer.model')(names) &&
      !has('config.json')(names),
    explain: () => 'it has a tokenizer, but no model. Give the folder of the model that uses it.',
  },
];

/**
 * Says what a folder or repository without safetensors is instead of a model.
 *
 * @param names what is in it
 * @param place the folder, or the repository's address
 */
export function wrongFolder(names: readonly string[], place: string): CheckpointError {
  const kind = KINDS.find(({ matches }) => matches(names));
  if (kind !== undefined) return new CheckpointError(kind.code, kind.explain(names), { file: place });
  const shown = [...names].filter((name) => !name.startsWith('.')).sort();
  const more = shown.length > 8 ? `, and ${shown.length - 8} more` : '';
  return new CheckpointError('not-a-model', 'it holds no model.', {
    file: place,
    expected: 'config.json and model.safetensors',
    found: shown.length === 0 ? 'an empty folder' : `${shown.slice(0, 8).join(', ')}${more}`,
  });
}
