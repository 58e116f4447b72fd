/** RFC 4180, the columns of the first row; a text that a spreadsheet would take for a formula begins with an apostrophe. */
export function csv(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const field = (value: string | number | undefined): string => {
    const isFormula =
      typeof value === 'string' && /^[=+\-@\t\r]/.test(value) && !Number.isFinite(Number(value));
    const text = `${isFormula ? "'" : ''}${value ?? ''}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((values) => `${values.map(field).join(',')}\n`)
    .join('');
}
