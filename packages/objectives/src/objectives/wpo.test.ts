import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { pairBatch } from '../../test/pair-batch.js';
import { wpo } from './wpo.js';

conforms(wpo, {
  optionsArbitrary: fc.record(
    { beta, clip: fc.constantFrom(0.5, 1, Number.POSITIVE_INFINITY) },
    { requiredKeys: ['beta'] },
  ),
  golden: goldenOf('wpo', ({ beta, clip }) => ({
    beta: Number(beta),
    ...(clip ? { clip: Number(clip) } : {}),
  })),
});

it('asks for both certainties', () => {
  for (const field of ['chosenCertainty', 'rejectedCertainty'] as const) {
    const { [field]: _, ...batch } = pairBatch({ chosenCertainty: [0], rejectedCertainty: [0] });
    expect(() => wpo({ beta: 1 }).evaluate(batch)).toThrow(
      `@ais/objectives: wpo: the batch has no tensor ${field}; give one of shape [batch].`,
    );
  }
});
