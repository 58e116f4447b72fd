// Values of Jinja, told, compared, and written as Python does, not as JavaScript. Plain JavaScript, as render-jinja.js is.
import { Environment } from '@huggingface/jinja';

// The library's classes of values are not exported, but it makes values of them.
const classOf = (example) => new Environment().set('example', example).constructor;
export const ArrayValue = classOf([]);
export const BooleanValue = classOf(true);
export const FloatValue = classOf(0.5);
export const FunctionValue = classOf(() => null);
export const IntegerValue = classOf(0);
export const NullValue = classOf(null);
export const ObjectValue = classOf({});
export const StringValue = classOf('');
export const UndefinedValue = classOf(undefined);
/** What they all extend. */
export const Value = Object.getPrototypeOf(StringValue);

/** A value of JavaScript: beyond ±(2⁵³ − 1), a `bigint` is a whole number, and a number was written as a float. */
export function toValue(input) {
  switch (typeof input) {
    case 'string':
      return new StringValue(input);
    case 'boolean':
      return new BooleanValue(input);
    case 'bigint':
      return new IntegerValue(input);
    case 'number':
      return Number.isSafeInteger(input) ? new IntegerValue(input) : new FloatValue(input);
    case 'undefined':
      return new UndefinedValue();
    default:
      if (input === null) return new NullValue();
      if (Array.isArray(input)) return new ArrayValue(input.map(toValue));
      return new ObjectValue(new Map(Object.entries(input).map(([key, value]) => [key, toValue(value)])));
  }
}

/** Whether a value counts as a number: in Python, true and false do. */
export const isNumber = (value) =>
  value instanceof IntegerValue || value instanceof FloatValue || value instanceof BooleanValue;

export function areEqual(a, b) {
  // A number may be compared with a bigint, exactly, but by `===`.
  if (isNumber(a) && isNumber(b)) return a.value <= b.value && a.value >= b.value;
  if (a.type !== b.type) return false;
  if (a instanceof ArrayValue) {
    return a.value.length === b.value.length && a.value.every((item, at) => areEqual(item, b.value[at]));
  }
  if (a instanceof ObjectValue) {
    const isIn = ([key, item]) => b.value.has(key) && areEqual(item, b.value.get(key));
    return a.value.size === b.value.size && [...a.value].every(isIn);
  }
  return a.value === b.value;
}

/** Python's `str`. */
export function textOf(value) {
  if (value instanceof StringValue) return value.value;
  return value instanceof UndefinedValue ? '' : reprOf(value);
}

/** Python's `repr`. */
function reprOf(value) {
  switch (value.type) {
    case 'NullValue':
      return 'None';
    case 'UndefinedValue':
      return 'Undefined';
    case 'BooleanValue':
      return value.value ? 'True' : 'False';
    case 'IntegerValue':
      return String(value.value);
    case 'FloatValue':
      return floatText(value.value, 'nan', 'inf');
    case 'StringValue':
      return quoted(value.value);
    case 'ArrayValue':
      return `[${value.value.map(reprOf).join(', ')}]`;
    case 'TupleValue':
      return `(${value.value.map(reprOf).join(', ')}${value.value.length === 1 ? ',' : ''})`;
    case 'ObjectValue':
      return `{${Array.from(value.value, ([key, item]) => `${quoted(key)}: ${reprOf(item)}`).join(', ')}}`;
    default:
      throw new Error(`a ${value.type} cannot be written as text`);
  }
}

/** Python has an exponent from 16 digits on, and below 0.0001; it has two digits at least. */
function floatText(value, notANumber, infinity) {
  if (Number.isNaN(value)) return notANumber;
  if (!Number.isFinite(value)) return value < 0 ? `-${infinity}` : infinity;
  const [digits, power] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return Number.isInteger(value) ? `${text}.0` : text;
}

/** What Python escapes in a string: what cannot be seen, but for the space. */
const ESCAPED = /[\\\p{C}\p{Z}]/gu;
const ESCAPES = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  [' ', ' '],
]);

function quoted(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(ESCAPED, (character) => ESCAPES.get(character) ?? codeOf(character));
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function codeOf(character) {
  const code = character.codePointAt(0).toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}

/**
 * Python's `json.dumps`.
 *
 * @param value what is written
 * @param style `indent`, a string or undefined; `ensureAscii`; `sortKeys`; `separators`, between items and behind keys
 */
export function jsonOf(value, style, margin = '\n') {
  const { indent, ensureAscii, sortKeys, separators } = style;
  const string = (text) =>
    ensureAscii
      ? JSON.stringify(text).replace(
          /[\x7f-\uffff]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        )
      : JSON.stringify(text);
  const inner = indent === undefined ? '' : margin + indent;
  const within = ([open, close], parts) =>
    parts.length === 0 || indent === undefined
      ? open + parts.join(separators[0]) + close
      : open + inner + parts.join(separators[0] + inner) + margin + close;
  switch (value.type) {
    case 'NullValue':
      return 'null';
    case 'BooleanValue':
    case 'IntegerValue':
      return String(value.value);
    case 'FloatValue':
      return floatText(value.value, 'NaN', 'Infinity');
    case 'StringValue':
      return string(value.value);
    case 'ArrayValue':
    case 'TupleValue':
      return within(
        '[]',
        value.value.map((item) => jsonOf(item, style, inner)),
      );
    case 'ObjectValue': {
      const entries = [...value.value];
      if (sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : 1));
      return within(
        '{}',
        entries.map(([key, item]) => string(key) + separators[1] + jsonOf(item, style, inner)),
      );
    }
    default:
      throw new Error(
        `tojson of ${value instanceof UndefinedValue ? 'what is undefined' : `a ${value.type}`}`,
      );
  }
}
