// The thread that decodes Parquet for `parquetRows`: it can be ended when a damaged file makes the library run on, and
// its memory is limited. Plain JavaScript, so that Node loads it from the sources too.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { brotliDecompressSync, crc32, gunzipSync } from 'node:zlib';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { compressors as libraryCompressors } from 'hyparquet-compressors';

/** No page that a writer makes comes near this many bytes. */
const PAGE = 1 << 28;

/**
 * Node's own decompressors stop at the size that the page declares and compare gzip's checksum. The library's do
 * neither, and its Brotli keeps running for seconds after damage.
 *
 * @type {import('hyparquet').Compressors}
 */
const compressors = {
  ...libraryCompressors,
  GZIP: (page, length) => gunzipSync(page, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (page, length) => brotliDecompressSync(page, { maxOutputLength: Math.max(1, length) }),
};

/**
 * Bytes that are no UTF-8 arrive as they are, for the reader of the row to name the field.
 *
 * @type {Partial<import('hyparquet').ParquetParsers>}
 */
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const parsers = {
  stringFromBytes(bytes) {
    if (bytes === undefined) return undefined;
    try {
      return STRICT.decode(bytes);
    } catch {
      return { undecodable: bytes };
    }
  },
};

let file;
let metadata;

parentPort.on('message', async (request) => {
  try {
    parentPort.postMessage({ answer: await answerTo(request) });
  } catch (error) {
    parentPort.postMessage({ fault: String(error?.message ?? error) });
  }
});
parentPort.postMessage('ready');

async function answerTo({ open, group, columns }) {
  if (open !== undefined) {
    file = openFile(open);
    metadata = await parquetMetadataAsync(file, { geoparquet: false });
    return describe();
  }
  if (group === undefined) {
    file?.close();
    file = undefined;
    metadata = undefined;
    return undefined;
  }
  return readGroup(group, columns);
}

function describe() {
  const groups = metadata.row_groups.map((group) => ({
    rows: wholeNumber(group.num_rows, 'a row group'),
    bytes: group.columns.reduce(
      (sum, { meta_data: chunk }) =>
        sum +
        wholeNumber(chunk?.total_compressed_size, 'a chunk') +
        wholeNumber(chunk?.total_uncompressed_size, 'a chunk'),
      0,
    ),
  }));
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  return { groups, columns };
}

async function readGroup(index, columns) {
  const before = metadata.row_groups.slice(0, index);
  const rowStart = before.reduce((sum, group) => sum + wholeNumber(group.num_rows, 'a row group'), 0);
  const rowCount = wholeNumber(metadata.row_groups[index].num_rows, 'a row group');
  file.keep(checkGroup(metadata.row_groups[index], columns));
  const rows = await parquetReadObjects({
    file,
    metadata,
    columns,
    rowStart,
    rowEnd: rowStart + rowCount,
    compressors,
    parsers,
    geoparquet: false,
  });
  if (rows.length !== rowCount)
    throw new Error(`a row group has ${rows.length} rows where it says ${rowCount}`);
  for (const row of rows) {
    for (const column of columns) {
      if (row[column] === undefined) throw new Error(`column ${column} has fewer values than rows`);
    }
  }
  return rows;
}

/**
 * Checks the pages of a row group before the library decodes them: sizes, counts, and checksums where pages have them.
 * Returns the bytes of its chunks.
 */
function checkGroup(group, columns) {
  const rowCount = wholeNumber(group.num_rows, 'a row group');
  return group.columns
    .filter(({ meta_data: chunk }) => columns.includes(chunk?.path_in_schema[0]))
    .map(({ meta_data: chunk }) => {
      const name = chunk.path_in_schema.join('.');
      const first = wholeNumber(chunk.dictionary_page_offset || chunk.data_page_offset, name);
      // Some writers note a dictionary where there is none.
      const start = Math.min(first, wholeNumber(chunk.data_page_offset, name));
      const length = wholeNumber(chunk.total_compressed_size, name);
      const bytes = file.read(start, start + length);
      const view = new DataView(bytes);
      const reader = { view, offset: 0 };
      let values = 0;
      while (reader.offset < length) {
        const header = parquetHeader(reader);
        const { compressed_page_size: size, uncompressed_page_size: unpacked } = header;
        if (!(size >= 0 && reader.offset + size <= length)) throw new Error(`a page of ${name} does not fit`);
        if (!(unpacked >= 0 && unpacked <= PAGE))
          throw new Error(`a page of ${name} says it has ${unpacked} bytes`);
        const page = new Uint8Array(bytes, reader.offset, size);
        if (header.crc !== undefined && crc32(page) !== header.crc >>> 0) {
          throw new Error(`a page of ${name} does not match its checksum`);
        }
        const data = header.data_page_header ?? header.data_page_header_v2;
        const count = data?.num_values ?? header.dictionary_page_header?.num_values ?? 0;
        if (!(count >= 0)) throw new Error(`a page of ${name} says it has ${count} values`);
        if (data !== undefined) values += count;
        reader.offset += size;
      }
      const declared = wholeNumber(chunk.num_values, name);
      if (values !== declared) throw new Error(`${name} has ${values} values where it says ${declared}`);
      if (declared < rowCount) throw new Error(`${name} has fewer values than rows`);
      return { start, bytes };
    });
}

function wholeNumber(value, what) {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`${what} has a size or place of ${value}`);
}

/** A file as the library reads it; chunks that were checked are read once. */
function openFile(path) {
  const descriptor = openSync(path, 'r');
  const byteLength = fstatSync(descriptor).size;
  let kept = [];
  const read = (start, end) => {
    if (!(start >= 0 && start <= end && end <= byteLength))
      throw new Error(`bytes ${start} to ${end} are not there`);
    const bytes = new Uint8Array(end - start);
    for (let filled = 0; filled < bytes.length; ) {
      const count = readSync(descriptor, bytes, filled, bytes.length - filled, start + filled);
      if (count === 0) throw new Error('the file got shorter');
      filled += count;
    }
    return bytes.buffer;
  };
  return {
    byteLength,
    read,
    keep(chunks) {
      kept = chunks;
    },
    slice(start, end = byteLength) {
      const chunk = kept.find(({ start: first, bytes }) => first <= start && end <= first + bytes.byteLength);
      return chunk ? chunk.bytes.slice(start - chunk.start, end - chunk.start) : read(start, end);
    },
    close: () => closeSync(descriptor),
  };
}
