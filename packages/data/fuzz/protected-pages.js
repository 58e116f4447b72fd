import { parquetMetadata } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';

/** The places of the pages that carry a checksum, as [start, end). */
export function protectedPages(bytes) {
  const buffer = bytes.slice().buffer;
  const pages = [];
  for (const { columns } of parquetMetadata(buffer).row_groups) {
    for (const { meta_data: chunk } of columns) {
      const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
      const end = start + Number(chunk.total_compressed_size);
      const reader = { view: new DataView(buffer), offset: start };
      while (reader.offset < end) {
        const { crc, compressed_page_size: size } = parquetHeader(reader);
        if (crc !== undefined) pages.push([reader.offset, reader.offset + size]);
        reader.offset += size;
      }
    }
  }
  return pages;
}
