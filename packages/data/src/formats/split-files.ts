import { formatByName } from './file-format.js';

/** The files of a split, and the names by which they belong to it; several names are several splits. */
export interface SplitFiles {
  readonly files: readonly string[];
  readonly names: readonly string[];
}

/**
 * The files of a split, by their paths.
 *
 * A file belongs to the split that its name or one of its folders is: `train.jsonl`, `train-00000-of-00002.parquet`,
 * `train_1.csv`, `train/0000.parquet`. Where none does, files count whose name has the split as a word: `tldr-train.jsonl`.
 * An underscore separates words too (`tldr_train.jsonl`), but not in the names of shards and folders: there it is part of
 * the split's name, so that `train_sft-00000-of-00001.parquet` and `train_sft/0000.parquet` are of `train_sft` alone.
 *
 * @example
 * console.log(splitFiles(['train_sft-00000-of-00001.parquet', 'train-00000-of-00001.parquet'], 'train').files);
 * // [ 'train-00000-of-00001.parquet' ]
 */
export function splitFiles(paths: readonly string[], split: string): SplitFiles {
  const matching = (nameIn: (path: string, split: string) => string | undefined): SplitFiles => {
    const named = paths.flatMap((path) => {
      const name = nameIn(path, split);
      return name === undefined ? [] : [{ path, name }];
    });
    return { files: named.map(({ path }) => path), names: distinct(named.map(({ name }) => name)) };
  };
  const exact = matching(exactName);
  return exact.files.length > 0 ? exact : matching(nameWithWord);
}

/** The splits that there are by the names of files. */
export function splitNames(paths: readonly string[]): string[] {
  return distinct(paths.map(splitNameOf));
}

/** The splits that words of a file's name say it is of, as Python's `datasets` has them. */
const SPLIT_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    train: ['train', 'training'],
    validation: ['validation', 'valid', 'val', 'dev'],
    test: ['test', 'testing', 'eval', 'evaluation'],
  }).flatMap(([split, words]) => words.map((word): [string, string] => [word, split])),
);

/**
 * The splits below a folder, where it is the folder that has the name, and the names below it say several: `train` and `test` for
 * `helpful/train.jsonl` and `helpful/test.jsonl`, and the name `helpful`. Empty otherwise.
 */
export function splitsBelow(paths: readonly string[], folder: string): string[] {
  const said = paths.flatMap((path) => {
    const parts = partsOf(path);
    const at = parts.findIndex(({ whole, name }) => whole === folder || name === folder);
    const words = parts.slice(0, Math.max(0, at)).flatMap(({ name }) => name.toLowerCase().split(/[-._]/));
    return words.flatMap((word) => SPLIT_WORDS.get(word) ?? []);
  });
  return distinct(said).length > 1 ? splitNames(paths) : [];
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** A part of a path that may say of which split a file is. */
interface Part {
  /** Without what says the format. */
  readonly whole: string;
  /** Without the number of the shard either. */
  readonly name: string;
  /** What separates its words. */
  readonly separators: RegExp;
}

/** `-00000-of-00002`, in some sets with a hash. */
const SHARD = /[-_.]\d+[-_.]of[-_.]\d+(?:[-_.][\da-f]{8,})?$/i;

/** The parts of a path, the file first, then its folders from within. */
function partsOf(path: string): Part[] {
  const [file = '', ...folders] = path.split('/').reverse();
  const whole = formatByName(file) === undefined ? file : file.replace(/\.\w+(?:\.(?:gz|zstd?))?$/i, '');
  const isShard = SHARD.test(whole);
  const name = isShard ? whole.replace(SHARD, '') : whole.replace(/(?:(?:^|[-_])\d+)+$/, '');
  return [
    { whole, name, separators: isShard ? /[-.]/g : /[-._]/g },
    ...folders.map((folder) => ({ whole: folder, name: folder, separators: /[-.]/g })),
  ];
}

function exactName(path: string, split: string): string | undefined {
  return partsOf(path).some(({ whole, name }) => whole === split || name === split) ? split : undefined;
}

function nameWithWord(path: string, split: string): string | undefined {
  return partsOf(path).find(({ whole, separators }) => {
    const words = (text: string): string => `/${text.replace(separators, '/')}/`;
    return words(whole).includes(words(split));
  })?.name;
}

/** What files are called that say nothing but their number. */
const NAMELESS = /^(?:data|file|part|shard|chunk)?$/i;

function splitNameOf(path: string): string {
  const names = partsOf(path).map(({ name }) => name);
  return names.find((name) => !NAMELESS.test(name)) ?? path;
}
