/** Data of a report that cannot be shown; names the part and the remedy. Tell it apart by `name` and `code`. */
export class ReportDataError extends Error {
  override readonly name: 'ReportDataError' = 'ReportDataError';
  readonly code: 'REPORT_DATA' = 'REPORT_DATA';

  constructor(message: string) {
    super(`@ais/studies: ${message}`);
  }
}
