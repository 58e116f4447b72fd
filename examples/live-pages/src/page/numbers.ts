/** A number in three significant digits, as a reader writes it: 0.0763, 1.2, 3.1·10⁻⁴. */
export function inDigits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e4) return String(Number(value.toPrecision(3)));
  const [digits = '', power = ''] = value.toExponential(1).split('e');
  const raised = [...power.replace('+', '')].map((sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)]);
  return `${digits}·10${raised.join('')}`;
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
