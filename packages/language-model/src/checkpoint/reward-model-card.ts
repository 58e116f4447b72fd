import type { ModelConfiguration } from '../families/architecture.js';

/** In every card that this package writes, and in no other: a README of the user's own stays. */
const MARK = 'ais_score_offset';

export const CARD_FILE = 'README.md';

/** Whether a README is one that this package wrote. */
export function isRewardModelCard(text: string): boolean {
  return text.includes(MARK);
}

/** What users of `transformers` have to know about a reward model: the offset of its scores, and how to pad. */
export function rewardModelCard(
  { paddingToken, endOfTextTokens }: ModelConfiguration,
  offset: number,
  padding: string | undefined,
): string {
  const name = padding === undefined ? 'a token that no text contains' : `\`${padding}\``;
  const batches =
    paddingToken === null
      ? '- `transformers` scores one text at a time: the vocabulary has no token to pad with that is not also a word or an end of text.'
      : `- \`transformers\` scores the last token that is not \`pad_token_id\`, which is ${paddingToken} (${name}). Pad with that ` +
        'token, not with the end-of-text token: texts end with the latter.';
  const end = endOfTextTokens[0];
  return `---
library_name: transformers
pipeline_tag: text-classification
---

# Reward model

One score per text, at its last token.${end === undefined ? '' : ` Texts that are complete end with token ${end}.`}

\`\`\`python
from transformers import AutoModelForSequenceClassification, AutoTokenizer

model = AutoModelForSequenceClassification.from_pretrained(folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
batch = tokenizer(texts, padding=${paddingToken === null ? 'False' : 'True'}, return_tensors="pt")
scores = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, 0] - model.config.${MARK}
\`\`\`

- Scores are centered by subtracting the offset \`${MARK}\` of \`config.json\`, ${offset}. \`transformers\` does not subtract it.
  Differences between scores need no offset.
${batches}
`;
}
