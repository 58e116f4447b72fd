export { oracleScore } from './sources/oracle-score.js';
export type { FactKind } from './sources/synthetic-grammar.js';
export {
  idealSummary,
  type SyntheticFact,
  type SyntheticPrompt,
  type SyntheticSourceOptions,
  syntheticFacts,
  syntheticSource,
} from './sources/synthetic-source.js';
