/** A tensor's numbers, by rows: the last axis lies side by side. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Heads of queries, and of keys and values. */
export interface Heads {
  readonly query: number;
  readonly keyValue: number;
}

/**
 * How a tensor of a GGUF file differs from the one in Hugging Face's layout:
 * - `paired-queries`, `paired-keys`: the rotary embedding turns neighboring rows of a head, where Hugging Face's turns
 *   those half a head apart
 * - `split-heads`: rows of all queries, then all keys, then all values, where Hugging Face's has the three of each head together
 * - `transposed`: [out, in], where Hugging Face's has [in, out]
 * - `plus-one`: a norm's weight w as 1 + w
 */
export type Change = 'paired-queries' | 'paired-keys' | 'split-heads' | 'transposed' | 'plus-one';

/** The shape in the other layout, which is the same way forth and back. */
export function changedShape(change: Change | undefined, shape: readonly number[]): readonly number[] {
  return change === 'transposed' ? shape.toReversed() : shape;
}

/** A tensor of a GGUF file in Hugging Face's layout. */
export function fromGguf(change: Change, tensor: Numbers, heads: Heads): Float32Array {
  if (change === 'transposed') return transposed(tensor);
  if (change === 'plus-one') return tensor.values.map((value) => value - 1);
  return gathered(tensor, rowOrder(change, tensor, heads));
}

/** A tensor in Hugging Face's layout as GGUF has it. */
export function toGguf(change: Change, tensor: Numbers, heads: Heads): Float32Array {
  if (change === 'transposed') return transposed(tensor);
  if (change === 'plus-one') return tensor.values.map((value) => value + 1);
  const order = rowOrder(change, tensor, heads);
  const inverse = new Uint32Array(order.length);
  for (const [row, source] of order.entries()) inverse[source] = row;
  return gathered(tensor, inverse);
}

/** Whether the rows can be divided among the heads as the change wants it. */
export function fits(change: Change, shape: readonly number[], { query, keyValue }: Heads): boolean {
  if (change === 'transposed') return shape.length === 2;
  if (change === 'plus-one') return shape.length === 1;
  const groups = { 'paired-queries': 2 * query, 'paired-keys': 2 * keyValue, 'split-heads': 3 * query }[
    change
  ];
  return shape.length >= 1 && groups >= 1 && (shape[0] as number) % groups === 0;
}

/** For each row in Hugging Face's order, the row of the GGUF file. */
function rowOrder(
  change: 'paired-queries' | 'paired-keys' | 'split-heads',
  { shape }: Numbers,
  { query, keyValue }: Heads,
): Uint32Array {
  const rows = shape[0] as number;
  if (change === 'split-heads') {
    const size = rows / (3 * query);
    return Uint32Array.from({ length: rows }, (_, row) => {
      const head = Math.floor(row / (3 * size));
      const part = Math.floor(row / size) % 3;
      return (part * query + head) * size + (row % size);
    });
  }
  const size = rows / (change === 'paired-queries' ? query : keyValue);
  const half = size / 2;
  return Uint32Array.from({ length: rows }, (_, row) => {
    const within = row % size;
    return row - within + 2 * (within % half) + Math.floor(within / half);
  });
}

function gathered({ shape, values }: Numbers, order: Uint32Array): Float32Array {
  const width = values.length / (shape[0] as number);
  const result = new Float32Array(values.length);
  for (const [row, source] of order.entries()) {
    result.set(values.subarray(source * width, (source + 1) * width), row * width);
  }
  return result;
}

function transposed({ shape, values }: Numbers): Float32Array {
  const [rows, columns] = shape as [number, number];
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return result;
}
