// The thread that decodes Arrow for `arrowRows`: it can be ended when a damaged file makes the library run on, and its memory
// is limited. Plain JavaScript, so that Node loads it from the sources too.
import { open as openFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import * as arrow from 'apache-arrow';
import { Decompress } from 'fzstd';
import { arrowValues } from './arrow-values.js';
import { decompressLz4Frame } from './lz4-frame.js';

/** No batch that a writer makes comes near this many bytes: as they are in the file, and decompressed, each. */
const BATCH = 2 ** 30;

/** Rows of a batch whose columns take no room, as those of nulls alone. */
const EMPTY_ROWS = 2 ** 20;

/** Bytes of the batch that is being read. */
const batch = { stored: 0, decompressed: 0 };

function store(bytes) {
  batch.stored += bytes;
  if (batch.stored > BATCH) throw new Error('a batch is too large');
  parentPort.postMessage({ read: bytes });
}

arrow.compressionRegistry.set(arrow.CompressionType.LZ4_FRAME, {
  decode(bytes) {
    const decompressed = decompressLz4Frame(bytes, BATCH - batch.decompressed);
    batch.decompressed += decompressed.length;
    return decompressed;
  },
});
arrow.compressionRegistry.set(arrow.CompressionType.ZSTD, {
  decode(bytes) {
    const parts = [];
    let length = 0;
    const decompressor = new Decompress((part) => {
      parts.push(part);
      length += part.length;
      batch.decompressed += part.length;
      if (batch.decompressed > BATCH) throw new Error('a batch is too large');
    });
    decompressor.push(bytes, true);
    // One piece that starts where numbers of eight bytes may start.
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  },
});

let file;
let rows;
let take = () => {};

parentPort.on('message', async (request) => {
  if ('chunk' in request) {
    take(request.chunk);
    return;
  }
  try {
    parentPort.postMessage({ answer: await answerTo(request) });
  } catch (error) {
    parentPort.postMessage({ fault: String(error?.message ?? error) });
  }
});
parentPort.postMessage('ready');

async function answerTo({ open, wanted, next }) {
  if (next !== undefined) return nextRows(next);
  await close();
  return open === undefined ? undefined : start(open, wanted);
}

/** Opens a file, or what the other thread hands over of one that is compressed as a whole, and gives its columns. */
async function start({ path }, wanted) {
  batch.stored = batch.decompressed = 0;
  file = path === undefined ? undefined : await openFile(path);
  // From bytes that stream, the library would take a file whole; a file is read at the places that its index names.
  const reader = await arrow.RecordBatchReader.from(file ? await countedFile(file) : handedOver());
  await reader.open();
  const columns = reader.schema.fields.map(({ name }) => name);
  rows = rowsOf(reader, wanted === undefined ? columns : columns.filter((column) => wanted.includes(column)));
  return columns;
}

async function close() {
  await rows?.return();
  await file?.close();
  rows = file = undefined;
}

/** Up to `most` further rows, each a list of values in the order of the wanted columns; an empty list at the end. */
async function nextRows(most) {
  const found = [];
  while (found.length < most) {
    const { value, done } = await rows.next();
    if (done) break;
    found.push(value);
  }
  return found;
}

async function* rowsOf(reader, columns) {
  for await (const read of batchesOf(reader)) {
    const most = 8 * (batch.stored + batch.decompressed) + EMPTY_ROWS;
    if (!(read.numRows <= most)) throw new Error(`a batch says it has ${read.numRows} rows`);
    const dictionaries = [...reader.dictionaries.values()];
    if (dictionaries.reduce((sum, { byteLength }) => sum + byteLength, 0) > BATCH) {
      throw new Error('its dictionaries are too large');
    }
    const values = columns.map((column) => {
      const [data] = read.getChild(column)?.data ?? [];
      if (data === undefined || data.length < read.numRows) {
        throw new Error(`column ${column} has fewer values than rows`);
      }
      return [column, arrowValues(data, arrow)];
    });
    batch.stored = batch.decompressed = 0;
    for (let index = 0; index < read.numRows; index++) {
      yield Object.fromEntries(values.map(([column, value]) => [column, value(index)]));
    }
  }
}

/** A file's batches by their number: the library's own iteration never ends where the index names no batch. */
async function* batchesOf(reader) {
  if (!reader.isFile()) {
    yield* reader;
    return;
  }
  for (let index = 0; index < reader.numRecordBatches; index++) {
    const found = await reader.readRecordBatch(index);
    if (found === null) throw new Error(`there is no batch where the index says that number ${index + 1} is`);
    yield found;
  }
}

/** A file as the library takes it. */
async function countedFile(handle) {
  const { size } = await handle.stat();
  return {
    fd: handle.fd,
    stat: async () => ({ size }),
    async read(buffer, offset, length, position) {
      store(length);
      const { bytesRead } = await handle.read(buffer, offset, length, position);
      if (bytesRead === 0 && length > 0) throw new Error('it is cut off');
      return { bytesRead, buffer };
    },
    // It is closed here.
    close: async () => {},
  };
}

/** Asks the other thread for bytes until there are no more. */
async function* handedOver() {
  for (;;) {
    const chunk = await new Promise((resolve) => {
      take = resolve;
      parentPort.postMessage({ need: true });
    });
    if (chunk === null) return;
    store(chunk.length);
    yield chunk;
  }
}
