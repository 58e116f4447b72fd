export { gptNeoxConfiguration } from './families/gpt-neox/configuration.js';
export {
  PYTHIA_SIZES,
  type PythiaSize,
  pythiaConfiguration,
} from './families/gpt-neox/pythia-configuration.js';
