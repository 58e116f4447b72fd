import { adaptiveImportance, fixed, importanceWeights, type PairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { color, drawing, type Point, path, scale, text } from './drawing.js';

/** By how much each token has become more or less likely, in nats. */
const DRIFT = 0.15;
const LONGEST = 40;

/** Weights of responses whose tokens all drifted alike, against their length: the plain ratio, and AIS. */
export function weightsFigure(): string {
  const x = scale([1, LONGEST], [56, 380]);
  const y = scale([-6, 6], [244, 28]);
  const line = (drift: number, weighted: boolean): Point[] =>
    logWeights(drift, weighted).map((value, index) => [x(index + 1), y(value)]);
  const at = (drift: number, weighted: boolean): number => y(logWeights(drift, weighted).at(-1) ?? 0) + 4;
  return drawing(
    300,
    'The plain importance ratio explodes or vanishes with length; that of AIS stays where it is.',
    [
      ...[0.01, 0.1, 1, 10, 100].flatMap((value) => [
        path(
          [
            [56, y(Math.log(value))],
            [380, y(Math.log(value))],
          ],
          color.line,
          { width: 0.75 },
        ),
        text([50, y(Math.log(value)) + 4], String(value), { anchor: 'end', size: 12, fill: color.muted }),
      ]),
      ...[1, 10, 20, 30, 40].map((value) =>
        text([x(value), 264], String(value), { anchor: 'middle', size: 12, fill: color.muted }),
      ),
      text([218, 286], 'tokens in the answer', { anchor: 'middle', size: 12, fill: color.muted }),
      text([56, 16], 'weight of a pair', { size: 12, fill: color.muted }),
      path(line(DRIFT, false), color.plain),
      path(line(-DRIFT, false), color.plain),
      path(line(DRIFT, true), color.weighted, { width: 2.5 }),
      path(line(-DRIFT, true), color.weighted, { width: 2.5 }),
      text([386, at(DRIFT, false)], 'plain ratio', { size: 12, fill: color.plain }),
      text([386, at(-DRIFT, false)], 'plain ratio', { size: 12, fill: color.plain }),
      text([386, at(DRIFT, true) - 1], 'AIS, now likelier', { size: 11, fill: color.weighted }),
      text([386, at(-DRIFT, true) + 3], 'AIS, less likely', { size: 11, fill: color.weighted }),
    ],
  );
}

/** log w for each length from 1 up, by the package’s own code; the rejected response has not moved. */
function logWeights(drift: number, weighted: boolean): number[] {
  return tf.tidy(() => {
    const length = tf.range(1, LONGEST + 1);
    const zero = tf.zerosLike(length);
    const batch: PairBatch = {
      policyChosen: tf.mul(length, drift),
      policyRejected: zero,
      referenceChosen: zero,
      referenceRejected: zero,
      chosenLength: length,
      rejectedLength: length,
    };
    const options = adaptiveImportance(weighted ? {} : { smoothing: fixed(1) });
    return [...tf.log(importanceWeights(batch, options)).dataSync()];
  });
}
