/** What is to be read lies after the bytes that are there: more of the file is wanted. */
export class EndOfBytes extends Error {}

/** Told what is wrong with the file; throws. */
type Corrupt = (message: string, fault: { readonly expected: string; readonly found: string }) => never;

/**
 * Reads the beginning of a file, little-endian. What cannot be in the whole file, such as a text longer than that, is
 * refused before anything is made for it.
 */
export class ByteReader {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #size: number;
  readonly #corrupt: Corrupt;
  readonly #utf8: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** @param size bytes of the whole file */
  constructor(bytes: Uint8Array, size: number, corrupt: Corrupt) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#size = size;
    this.#corrupt = corrupt;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A size or an offset. */
  uint64(): number {
    const at = this.#advance(8);
    const value = this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
    if (Number.isSafeInteger(value)) return value;
    return this.#corrupt('a size overflows, so the file is damaged. Get it again.', {
      expected: 'less than 2⁵³',
      found: `${value}`,
    });
  }

  /** How many items follow, each of at least this many bytes. */
  count(least: number, things: string): number {
    const value = this.uint64();
    const most = Math.floor((this.#size - this.position) / least);
    if (value <= most) return value;
    return this.#corrupt('the file is truncated, or its header is damaged. Get it again.', {
      expected: `at most ${most} ${things}`,
      found: `${value}`,
    });
  }

  string(): string {
    const length = this.count(1, 'bytes of text');
    const at = this.#advance(length);
    const bytes = this.#bytes.subarray(at, at + length);
    // A vocabulary is a hundred thousand short texts, for which a decoder takes long to start.
    if (length < 32 && bytes.every((byte) => byte < 128)) return String.fromCharCode(...bytes);
    try {
      return this.#utf8.decode(bytes);
    } catch {
      return this.#corrupt('the header is not UTF-8.', { expected: 'text', found: `other bytes at ${at}` });
    }
  }

  /** The next bytes, in memory of their own. */
  copy(length: number): ArrayBuffer {
    const at = this.#advance(length);
    return new Uint8Array(this.#bytes.subarray(at, at + length)).buffer;
  }

  /** Passes over the next bytes, and says where they begin. */
  #advance(length: number): number {
    const at = this.position;
    if (at + length > this.#bytes.length) throw new EndOfBytes();
    this.position = at + length;
    return at;
  }
}
