import type { TextRecord } from '../records/record.js';
import type { Template } from '../templates/template.js';

/** A post and its summary, before a template renders them. */
export interface Post {
  readonly id: string;
  readonly subreddit: string;
  readonly title: string;
  readonly post: string;
  readonly summary: string;
  readonly family?: string;
}

/** @throws {DataError} `missing-field` where the template needs a field that posts do not have */
export function textRecordOf({ id, family, ...fields }: Post, template: Template): TextRecord {
  const { text, cut } = template.prompt(fields);
  return {
    id,
    prompt: text,
    ...(cut === undefined ? {} : { cut }),
    response: template.response(fields),
    ...(family === undefined ? {} : { family }),
  };
}
