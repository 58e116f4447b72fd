export { type FileAnswerCache, fileAnswerCache } from './file-answer-cache.js';
export { readJudgeTemplate } from './read-judge-template.js';
