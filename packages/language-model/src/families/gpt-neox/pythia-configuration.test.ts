import { describe, expect, it } from 'vitest';
import { languageModelSpecifications } from '../model-plan.js';
import { gptNeox } from './gpt-neox.js';
import { PYTHIA_SIZES, type PythiaSize, pythiaConfiguration } from './pythia-configuration.js';

// As published with the models.
const PARAMETERS: Record<PythiaSize, number> = {
  '14m': 14_067_712,
  '31m': 30_494_720,
  '70m': 70_426_624,
  '160m': 162_322_944,
  '410m': 405_334_016,
  '1b': 1_011_781_632,
};

describe('pythiaConfiguration', () => {
  it.each(PYTHIA_SIZES)('%s has as many parameters as the published model', (size) => {
    const count = [...languageModelSpecifications(gptNeox, pythiaConfiguration(size))].reduce(
      (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
      0,
    );
    expect(count).toBe(PARAMETERS[size]);
  });

  it('names the sizes that there are', () => {
    expect(() => pythiaConfiguration('12b' as PythiaSize)).toThrow(/must be one of 14m, 31m.*got "12b"/);
  });
});
