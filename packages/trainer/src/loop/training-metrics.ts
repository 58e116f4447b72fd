/** Numbers by name, as they stand in metrics.jsonl. */
export type Metrics = Readonly<Record<string, number>>;
