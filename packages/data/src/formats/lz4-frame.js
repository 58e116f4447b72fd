const MAGIC = 0x184d2204;

/**
 * Decompresses an LZ4 frame: Arrow files of pandas and polars are compressed so by default.
 *
 * Blocks may refer to those before them, so all go into one output. Checksums are passed over.
 *
 * @param {Uint8Array} frame
 * @param {number} most bytes that it may have when decompressed
 * @returns {Uint8Array}
 * @throws {Error} where the frame is damaged or cut off, or needs a dictionary
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function decompressLz4Frame(frame, most) {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw new Error('it is no LZ4 frame');
  const flags = frame[4];
  if (flags >> 6 !== 1) throw new Error('its LZ4 frame has an unknown version');
  if ((flags & 0x01) !== 0) throw new Error('its LZ4 frame needs a dictionary');
  const hasBlockChecksums = (flags & 0x10) !== 0;
  const output = new Output(Math.min(frame.length * 4, most), most);
  let at = 7 + ((flags & 0x08) !== 0 ? 8 : 0);
  for (;;) {
    if (at + 4 > frame.length) throw new Error('its LZ4 frame is cut off');
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) return output.bytes();
    const size = word & 0x7fffffff;
    if (at + size > frame.length) throw new Error('its LZ4 frame is cut off');
    const block = frame.subarray(at, at + size);
    if (word >>> 31 === 1) output.copy(block, 0, size);
    else decompressBlock(block, output);
    at += size + (hasBlockChecksums ? 4 : 0);
  }
}

/** Sequences of literals and of copies of what came before. */
function decompressBlock(block, output) {
  let at = 0;
  const longer = (length) => {
    let sum = length;
    if (length === 15) {
      let more;
      do {
        if (at >= block.length) throw new Error('its LZ4 block is cut off');
        more = block[at++];
        sum += more;
      } while (more === 255);
    }
    return sum;
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = longer(token >> 4);
    if (at + literals > block.length) throw new Error('its LZ4 block is cut off');
    output.copy(block, at, literals);
    at += literals;
    if (at === block.length) return;
    if (at + 2 > block.length) throw new Error('its LZ4 block is cut off');
    const distance = block[at] | (block[at + 1] << 8);
    at += 2;
    output.repeat(distance, longer(token & 15) + 4);
  }
}

/** Bytes that grow, up to a limit. */
class Output {
  #bytes;
  #length = 0;
  #most;

  constructor(capacity, most) {
    this.#bytes = new Uint8Array(capacity);
    this.#most = most;
  }

  bytes() {
    return this.#bytes.subarray(0, this.#length);
  }

  copy(from, start, length) {
    this.#reserve(length);
    this.#bytes.set(from.subarray(start, start + length), this.#length);
    this.#length += length;
  }

  /** Copies bytes from so far back; they may reach into the copy. */
  repeat(distance, length) {
    if (distance === 0 || distance > this.#length) throw new Error('its LZ4 block is damaged');
    this.#reserve(length);
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      bytes[this.#length + index] = bytes[this.#length + index - distance];
    }
    this.#length += length;
  }

  #reserve(more) {
    const needed = this.#length + more;
    if (needed > this.#most) throw new Error('a batch is too large');
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.min(2 * needed, this.#most));
    grown.set(this.bytes());
    this.#bytes = grown;
  }
}
