import { parquetMetadata } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';

/** Places in a file, as [start, end). */
export type PagesOf = readonly (readonly [start: number, end: number])[];

/** The places of the pages that carry a checksum. */
export function protectedPages(bytes: Uint8Array): PagesOf {
  const buffer = bytes.slice().buffer as ArrayBuffer;
  const pages: [number, number][] = [];
  for (const { columns } of parquetMetadata(buffer).row_groups) {
    for (const { meta_data: chunk } of columns) {
      if (!chunk) continue;
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
