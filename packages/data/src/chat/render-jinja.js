// Renders chat templates, in a thread of its own in Node and in place in browsers. Plain JavaScript, so that Node loads
// it from the sources too.
import { Environment, parse, tokenize } from '@huggingface/jinja';
import { PythonInterpreter } from './python-interpreter.js';
import { FunctionValue, textOf, toValue } from './python-values.js';

/** Characters that a rendering may have: some million tokens. */
const MOST_CHARACTERS = 1 << 23;

/** Steps of one `range`. */
const MOST_STEPS = 1_000_000;

/** Templates that stay parsed. */
const KEPT = 8;
const programs = new Map();

export function renderJinja({ source, date, renderings }) {
  let program;
  try {
    program = parsed(source);
  } catch (error) {
    return { fault: 'syntax', detail: detailOf(error) };
  }
  const texts = [];
  for (const variables of renderings) {
    let text;
    try {
      text = new PythonInterpreter(environment(variables, date)).run(program).value;
    } catch (error) {
      if (error instanceof Refusal) return { fault: 'refused', detail: error.message };
      return { fault: 'failed', detail: detailOf(error) };
    }
    if (text.length > MOST_CHARACTERS) return { fault: 'length', detail: `${text.length} characters` };
    texts.push(text);
  }
  return { texts };
}

function parsed(source) {
  let program = programs.get(source);
  if (program === undefined) {
    // As transformers sets Jinja up; Jinja itself takes every line break for a line feed.
    program = parse(tokenize(source.replace(/\r\n?/g, '\n'), { lstrip_blocks: true, trim_blocks: true }));
    if (programs.size === KEPT) programs.delete(programs.keys().next().value);
    programs.set(source, program);
  }
  return program;
}

/** What a template throws by its own choice. */
class Refusal extends Error {}

function environment(variables, date) {
  const globals = {
    true: true,
    false: false,
    none: null,
    True: true,
    False: false,
    None: null,
  };
  const functions = {
    range: (given) => toValue(range(...given.map(({ value }) => value))),
    raise_exception([message]) {
      throw new Refusal(textOf(message));
    },
    strftime_now: ([format]) => toValue(formatDate(textOf(format), date)),
  };
  const environment = new Environment();
  for (const [name, run] of Object.entries(functions)) environment.setVariable(name, new FunctionValue(run));
  for (const [name, value] of Object.entries({ ...globals, ...variables })) {
    environment.setVariable(name, toValue(value));
  }
  return environment;
}

function range(start, stop, step = 1) {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (!(count <= MOST_STEPS)) throw new Error(`range() of ${count} steps`);
  return Array.from({ length: count }, (_, index) => from + index * step);
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Python's strftime in the C locale, for midnight of a date: `date` is YYYY-MM-DD. */
function formatDate(format, date) {
  const [year, month, day] = date.split('-');
  const monthName = MONTHS[Number(month) - 1];
  const dayName = DAYS[new Date(`${date}T00:00:00Z`).getUTCDay()];
  const parts = {
    '%Y': year,
    '%y': year.slice(-2),
    '%m': month,
    '%d': day,
    '%B': monthName,
    '%b': monthName.slice(0, 3),
    '%A': dayName,
    '%a': dayName.slice(0, 3),
    '%H': '00',
    '%M': '00',
    '%S': '00',
    '%F': date,
    '%-d': String(Number(day)),
    '%-m': String(Number(month)),
    '%%': '%',
  };
  return format.replace(/%(-?[A-Za-z]|%)/g, (part) => parts[part] ?? part);
}

function detailOf(error) {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(0, 500);
}
