/** An event of a TensorBoard file: a scalar at a step, or the mark of a (re)start. */
export type TensorBoardEvent =
  | { readonly seconds: number; readonly version: string }
  | { readonly seconds: number; readonly step: number; readonly scalars: Readonly<Record<string, number>> }
  /** Everything at this step and later that an earlier file holds no longer counts. */
  | { readonly seconds: number; readonly restartAt: number };

/**
 * A record of an event file: TensorFlow's framing around an `Event` message in protocol buffers' encoding.
 *
 * `length (8 bytes) | masked CRC-32C of the length (4) | message | masked CRC-32C of the message (4)`, little-endian.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export function encodeEvent(event: TensorBoardEvent): Buffer {
  const message = encodeMessage(event);
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(message.length));
  head.writeUInt32LE(maskedChecksum(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedChecksum(message));
  return Buffer.concat([head, message, tail]);
}

/** Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7; } */
function encodeMessage(event: TensorBoardEvent): Buffer {
  const time = double(1, event.seconds);
  if ('version' in event) return Buffer.concat([time, bytes(3, Buffer.from(event.version))]);
  if ('restartAt' in event) {
    // SessionLog { Status status = 1; } with START = 1.
    return Buffer.concat([time, integer(2, event.restartAt), bytes(7, integer(1, 1))]);
  }
  // Summary { repeated Value value = 1; }, Value { string tag = 1; float simple_value = 2; }
  const values = Object.entries(event.scalars).map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
  );
  return Buffer.concat([time, integer(2, event.step), bytes(5, Buffer.concat(values))]);
}

function key(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

function double(field: number, value: number): Buffer {
  const buffer = Buffer.alloc(9);
  buffer.writeUInt8(key(field, 1));
  buffer.writeDoubleLE(value, 1);
  return buffer;
}

function float(field: number, value: number): Buffer {
  const buffer = Buffer.alloc(5);
  buffer.writeUInt8(key(field, 5));
  buffer.writeFloatLE(value, 1);
  return buffer;
}

function integer(field: number, value: number): Buffer {
  // Zero is the default, which this encoding leaves out.
  return value === 0 ? Buffer.alloc(0) : Buffer.from([key(field, 0), ...variableLength(value)]);
}

function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([key(field, 2), ...variableLength(content.length)]), content]);
}

function variableLength(value: number): number[] {
  const groups: number[] = [];
  let rest = value;
  while (rest >= 128) {
    groups.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...groups, rest];
}

/** TensorFlow's records hold their checksums turned and shifted, since a CRC of data with CRCs inside is weak. */
function maskedChecksum(content: Uint8Array): number {
  const checksum = crc32c(content);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** One step of the reflected Castagnoli polynomial for each value of a byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C, as in RFC 3720. */
export function crc32c(content: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of content) value = (TABLE[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
