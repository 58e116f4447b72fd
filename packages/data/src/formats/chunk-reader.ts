/** The stream ended where more was due. */
export class UnexpectedEnd extends Error {
  constructor() {
    super('it ends too early');
  }
}

/** Takes exact numbers of bytes from a stream of chunks. */
export class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #offset = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** True where nothing is left. */
  async isAtEnd(): Promise<boolean> {
    while (this.#offset === this.#chunk.length) {
      const { value, done } = await this.#chunks.next();
      if (done) return true;
      this.#chunk = value;
      this.#offset = 0;
    }
    return false;
  }

  /**
   * The next bytes.
   *
   * @param length how many
   * @throws {UnexpectedEnd} where there are fewer
   */
  async take(length: number): Promise<Uint8Array> {
    const end = this.#offset + length;
    if (end <= this.#chunk.length) {
      const bytes = this.#chunk.subarray(this.#offset, end);
      this.#offset = end;
      return bytes;
    }
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (await this.isAtEnd()) throw new UnexpectedEnd();
      const piece = this.#chunk.subarray(this.#offset, this.#offset + length - filled);
      bytes.set(piece, filled);
      filled += piece.length;
      this.#offset += piece.length;
    }
    return bytes;
  }

  /** Passes over bytes without holding them. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      if (await this.isAtEnd()) throw new UnexpectedEnd();
      const step = Math.min(left, this.#chunk.length - this.#offset);
      this.#offset += step;
      left -= step;
    }
  }

  /** Ends the stream early. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
