import { CheckpointError, shown } from '../../errors.js';
import { isIndex } from '../../files/json.js';
import type { MetadataValue } from './header.js';

/** A file's metadata, asked for by key and kind. */
export class Metadata {
  readonly file: string;
  readonly #values: ReadonlyMap<string, MetadataValue>;

  constructor(values: ReadonlyMap<string, MetadataValue>, file: string) {
    this.#values = values;
    this.file = file;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** A number; `otherwise` where the file does not have it. */
  number(key: string, otherwise?: number): number {
    return this.#get(
      key,
      otherwise,
      'a number',
      (value) => typeof value === 'number' && Number.isFinite(value),
    );
  }

  /** A number that was stored with float32's seven digits, as the decimal that was meant. */
  decimal(key: string, otherwise?: number): number {
    const value = this.number(key, otherwise);
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return short;
    }
    return value;
  }

  /** A token or a size; undefined where the file does not have it. */
  index(key: string): number | undefined {
    if (!this.has(key)) return undefined;
    return this.#get<number>(key, undefined, 'a whole number', isIndex);
  }

  boolean(key: string, otherwise?: boolean): boolean {
    return this.#get(key, otherwise, 'true or false', (value) => typeof value === 'boolean');
  }

  string(key: string, otherwise?: string): string {
    return this.#get(key, otherwise, 'a text', (value) => typeof value === 'string');
  }

  strings(key: string, otherwise?: readonly string[]): readonly string[] {
    const isList = (value: MetadataValue): boolean =>
      Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    return this.#get(key, otherwise, 'a list of texts', isList);
  }

  numbers(key: string, otherwise?: ArrayLike<number>): ArrayLike<number> {
    const isList = (value: MetadataValue): boolean =>
      ArrayBuffer.isView(value) && !(value instanceof BigInt64Array || value instanceof BigUint64Array);
    return this.#get(key, otherwise, 'a list of numbers', isList);
  }

  /** Says that an entry cannot be used. */
  corrupt(key: string, expected: string): never {
    throw new CheckpointError('checkpoint-corrupt', `its metadata entry ${key} cannot be used.`, {
      file: this.file,
      expected,
      found: this.has(key) ? shown(printable(this.#values.get(key))) : 'nothing',
    });
  }

  #get<Value>(
    key: string,
    otherwise: Value | undefined,
    expected: string,
    fits: (value: MetadataValue) => boolean,
  ): Value {
    const value = this.#values.get(key);
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (value === undefined || !fits(value)) return this.corrupt(key, expected);
    return value as Value;
  }
}

function printable(value: MetadataValue | undefined): unknown {
  if (typeof value === 'bigint') return String(value);
  return ArrayBuffer.isView(value) ? `a list of ${value.length} numbers` : value;
}
