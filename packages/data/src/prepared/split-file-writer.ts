import type { StoredColumns } from '../formats/arrow-columns.js';
import { ArrowFileWriter } from '../formats/arrow-file.js';
import { flagAt } from '../formats/stored-columns.js';
import type { RecordKind } from '../records/record.js';
import { lengthStatistics } from './length-statistics.js';
import { PREPARED_COLUMNS, type PreparedSplitManifest } from './prepared-manifest.js';

/** Rows of one batch of a split's file. */
const BATCH_ROWS = 1024;

/** Writes the file of one split and describes it. */
export class SplitFileWriter {
  readonly #writer: ArrowFileWriter<(typeof PREPARED_COLUMNS)[RecordKind]>;
  readonly #file: string;
  /** For each column of tokens, how many rows have each length. */
  readonly #lengths = new Map<string, Map<number, number>>();
  readonly #counts = { truncated: 0, responsesTruncated: 0, boundaryMerges: 0 };

  static async create(directory: string, split: string, kind: RecordKind): Promise<SplitFileWriter> {
    const file = `${split}.arrow`;
    const columns = PREPARED_COLUMNS[kind];
    const writer = await ArrowFileWriter.create(`${directory}/${file}`, columns, {
      batchRows: BATCH_ROWS,
    });
    return new SplitFileWriter(file, writer, columns);
  }

  private constructor(
    file: string,
    writer: ArrowFileWriter<(typeof PREPARED_COLUMNS)[RecordKind]>,
    columns: (typeof PREPARED_COLUMNS)[RecordKind],
  ) {
    this.#file = file;
    this.#writer = writer;
    for (const [name, type] of Object.entries(columns))
      if (type === 'tokens') this.#lengths.set(name, new Map());
  }

  /** Adds a row of a batch that was read. */
  copy(columns: StoredColumns<(typeof PREPARED_COLUMNS)[RecordKind]>, row: number): void {
    this.#writer.copy(columns, row);
    for (const [column, counts] of this.#lengths) {
      const { offsets } = columns[column as keyof typeof columns];
      const length = (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
      counts.set(length, (counts.get(length) ?? 0) + 1);
    }
    if (flagAt(columns.truncated, row)) this.#counts.truncated++;
    if (flagAt(columns.responseTruncated, row)) this.#counts.responsesTruncated++;
    if (flagAt(columns.boundaryMerged, row)) this.#counts.boundaryMerges++;
  }

  abort(): Promise<void> {
    return this.#writer.abort();
  }

  async close(): Promise<PreparedSplitManifest> {
    const { rows, bytes, sha256 } = await this.#writer.close();
    const lengths = [...this.#lengths].map(([column, counts]) => [column, lengthStatistics(counts)] as const);
    return {
      file: this.#file,
      bytes,
      sha256,
      records: rows,
      ...this.#counts,
      lengths: Object.fromEntries(lengths),
    };
  }
}
