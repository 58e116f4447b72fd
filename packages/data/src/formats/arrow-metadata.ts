// Arrow's own library trusts the lengths that a file's descriptions give: one that was changed makes it build objects until
// memory ends. So descriptions are read here first. They are FlatBuffers (https://flatbuffers.dev/internals): tables whose
// fields, and vectors whose items, lie at offsets.

/** Where a batch's buffers lie in its body, field after field; numbers of rows and bytes. */
export interface BatchHeader {
  readonly length: number;
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
}

/** Types that columns of ours have, by Arrow's numbers: integers, texts, flags, and lists. */
const TYPES: ReadonlySet<number> = new Set([2, 5, 6, 12]);
const MOST_COLUMNS = 256;
/** The header of a message that is a batch, by Arrow's number. */
const RECORD_BATCH = 3;
/** Bytes of a node or a buffer, and of a place of a batch. */
const [PAIR, BLOCK] = [16, 24];
/** The mark of a message and its length. */
const PREFIX = 8;

/**
 * Checks the end of a file: its columns and the places of its batches.
 *
 * @throws where it is not what {@link ArrowFileWriter} writes
 */
export function checkFooter(bytes: Uint8Array): void {
  const footer = Table.root(bytes);
  if (footer.vector(2, BLOCK).length > 0) throw new Error('it has dictionaries');
  footer.vector(3, BLOCK);
  const schema = footer.table(1);
  if (schema === undefined) throw new Error('it names no columns');
  requireNone(schema, 2);
  checkFields(schema.tables(1), 2);
}

function checkFields(fields: readonly Table[], levels: number): void {
  if (fields.length > (levels === 2 ? MOST_COLUMNS : levels)) throw new Error('it has too many columns');
  for (const field of fields) {
    if (!TYPES.has(field.byte(2))) throw new Error('a column has a type that no set has');
    requireNone(field, 4);
    requireNone(field, 6);
    checkFields(field.tables(5), levels - 1);
  }
}

function requireNone(table: Table, field: number): void {
  if (table.has(field)) throw new Error('it says more of its columns than a set does');
}

/**
 * Reads the description of a batch.
 *
 * @param message the mark, the length, and the description
 * @param bodyLength bytes of the batch itself, as the end of the file says
 * @throws where it is none, or tells of more than the batch can hold
 */
export function readBatchHeader(message: Uint8Array, bodyLength: number): BatchHeader {
  const prefix = viewOf(message);
  if (prefix.getInt32(0, true) !== -1 || prefix.getInt32(4, true) !== message.length - PREFIX)
    throw new Error('a batch is not where it should be');
  const root = Table.root(message.subarray(PREFIX));
  const batch = root.byte(1) === RECORD_BATCH ? root.table(2) : undefined;
  if (batch === undefined) throw new Error('a batch is none');
  // A row takes a bit at least.
  const length = batch.whole(0, 8 * bodyLength);
  const nodes = batch.pairs(1).map(([rows, nullCount]) => ({
    length: within(rows, 8 * bodyLength),
    nullCount: within(nullCount, length),
  }));
  const buffers = batch.pairs(2).map(([offset, bytes]) => ({
    offset: within(offset, bodyLength),
    length: within(bytes, bodyLength - Number(offset)),
  }));
  return { length, nodes, buffers };
}

function within(value: bigint, most: number): number {
  if (value < 0n || value > most) throw new Error('a batch has more than it can hold');
  return Number(value);
}

/** A table of a FlatBuffer; whatever would lie outside the buffer throws. */
class Table {
  readonly #view: DataView;
  readonly #at: number;

  static root(bytes: Uint8Array): Table {
    const view = viewOf(bytes);
    return new Table(view, view.getUint32(0, true));
  }

  private constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  has(field: number): boolean {
    return this.#place(field) !== undefined;
  }

  /** A byte; 0 where the field is absent, as in the following ones. */
  byte(field: number): number {
    const place = this.#place(field);
    return place === undefined ? 0 : this.#view.getUint8(place);
  }

  whole(field: number, most: number): number {
    const place = this.#place(field);
    return place === undefined ? 0 : within(this.#view.getBigInt64(place, true), most);
  }

  table(field: number): Table | undefined {
    const place = this.#place(field);
    return place === undefined ? undefined : new Table(this.#view, place + this.#view.getUint32(place, true));
  }

  tables(field: number): Table[] {
    const { start, length } = this.vector(field, 4);
    return Array.from({ length }, (_, index) => {
      const place = start + 4 * index;
      return new Table(this.#view, place + this.#view.getUint32(place, true));
    });
  }

  /** Structures of two long integers. */
  pairs(field: number): [bigint, bigint][] {
    const { start, length } = this.vector(field, PAIR);
    return Array.from({ length }, (_, index) => {
      const place = start + PAIR * index;
      return [this.#view.getBigInt64(place, true), this.#view.getBigInt64(place + 8, true)];
    });
  }

  /** Where the items of a vector begin, and how many there are. `width` is the size of an item in bytes. */
  vector(field: number, width: number): { readonly start: number; readonly length: number } {
    const place = this.#place(field);
    if (place === undefined) return { start: 0, length: 0 };
    const at = place + this.#view.getUint32(place, true);
    const length = this.#view.getUint32(at, true);
    if (at + 4 + width * length > this.#view.byteLength) throw new Error('a list is longer than its file');
    return { start: at + 4, length };
  }

  #place(field: number): number | undefined {
    const table = this.#at - this.#view.getInt32(this.#at, true);
    const entry = 4 + 2 * field;
    if (entry >= this.#view.getUint16(table, true)) return undefined;
    const offset = this.#view.getUint16(table + entry, true);
    return offset === 0 ? undefined : this.#at + offset;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
