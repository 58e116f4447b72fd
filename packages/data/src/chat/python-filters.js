// Filters that the library lacks, or that it has otherwise than Jinja. Plain JavaScript, as render-jinja.js is.
import { operate } from './python-operators.js';
import { capitalize, indent, lengthOf, strip, titleWords } from './python-strings.js';
import {
  ArrayValue,
  areEqual,
  FloatValue,
  IntegerValue,
  isNumber,
  jsonOf,
  ObjectValue,
  StringValue,
  textOf,
  toValue,
  UndefinedValue,
} from './python-values.js';

const isTrue = (value) => value?.__bool__().value ?? false;

/** Of text: what is no text is written as text first. */
const ofText = (names, change) => ({
  names,
  apply: (operand, ...given) => new StringValue(change(textOf(operand), ...given)),
});

/** Each with the names of its arguments in order. A filter gets values of Jinja, undefined where an argument is not given. */
const FILTERS = {
  string: ofText([], (text) => text),
  upper: ofText([], (text) => text.toUpperCase()),
  lower: ofText([], (text) => text.toLowerCase()),
  title: ofText([], titleWords),
  capitalize: ofText([], capitalize),
  trim: ofText(['chars'], (text, characters) => strip(text, optionalText('trim', characters))),
  indent: ofText(['width', 'first', 'blank'], (text, width = new IntegerValue(4), first, blank) =>
    indent(text, marginOf('indent', width), { first: isTrue(first), blank: isTrue(blank) }),
  ),
  length: { names: [], apply: count },
  count: { names: [], apply: count },
  join: {
    names: ['d'],
    apply: (operand, separator) =>
      new StringValue(
        itemsOf('join', operand)
          .map(textOf)
          .join(optionalText('join', separator) ?? ''),
      ),
  },
  list: { names: [], apply: (operand) => new ArrayValue([...itemsOf('list', operand)]) },
  first: { names: [], apply: (operand) => itemsOf('first', operand)[0] ?? new UndefinedValue() },
  last: { names: [], apply: (operand) => itemsOf('last', operand).at(-1) ?? new UndefinedValue() },
  map: {
    names: ['attribute', 'default'],
    apply: (operand, attribute, byDefault) =>
      new ArrayValue(itemsOf('map', operand).map((item) => attributeOf(item, attribute, byDefault))),
  },
  unique: {
    names: ['case_sensitive'],
    apply: (operand, isExact) => {
      const key = (item) =>
        item instanceof StringValue && !isTrue(isExact) ? new StringValue(item.value.toLowerCase()) : item;
      const unique = [];
      for (const item of itemsOf('unique', operand)) {
        if (!unique.some((other) => areEqual(key(item), key(other)))) unique.push(item);
      }
      return new ArrayValue(unique);
    },
  },
  int: {
    names: ['default'],
    apply: (operand, byDefault = new IntegerValue(0)) => wholeNumber(operand) ?? byDefault,
  },
  float: {
    names: ['default'],
    apply: (operand, byDefault = new FloatValue(0)) => {
      const number = numberOf(operand);
      return number === undefined ? byDefault : new FloatValue(number);
    },
  },
  tojson: {
    // As transformers has it.
    names: ['ensure_ascii', 'indent', 'separators', 'sort_keys'],
    apply: (operand, ensureAscii, width, separators, sortKeys) => {
      const indent =
        width === undefined || width.type === 'NullValue' ? undefined : marginOf('tojson', width);
      const [between = indent === undefined ? ', ' : ',', behindKey = ': '] =
        separators instanceof ArrayValue ? separators.value.map(textOf) : [];
      const style = { ensureAscii: isTrue(ensureAscii), sortKeys: isTrue(sortKeys), indent };
      return new StringValue(jsonOf(operand, { ...style, separators: [between, behindKey] }));
    },
  },
};

/**
 * Applies a filter, if it is one of these.
 *
 * @param name of the filter
 * @param operand what it is applied to
 * @param evaluateArguments what makes its arguments: those in order, and a map of the others by their names
 * @returns the value; undefined for a filter that the library has
 */
export function applyPythonFilter(name, operand, evaluateArguments) {
  if (!Object.hasOwn(FILTERS, name)) return undefined;
  const { names, apply } = FILTERS[name];
  const [positional, named] = evaluateArguments();
  for (const key of named.keys()) {
    if (!names.includes(key)) throw new Error(`${name} with the argument ${key} is not supported`);
  }
  if (positional.length > names.length) {
    throw new Error(`${name} with ${positional.length} arguments is not supported`);
  }
  return apply(operand, ...names.map((key, index) => positional[index] ?? named.get(key)));
}

/** Filters that keep some items, each with what it takes: items that pass a test or fail it, by an attribute or themselves. */
const SELECTIONS = {
  select: { passes: true, byAttribute: false },
  reject: { passes: false, byAttribute: false },
  selectattr: { passes: true, byAttribute: true },
  rejectattr: { passes: false, byAttribute: true },
};

/**
 * Applies a filter that keeps some items, if it is one of these.
 *
 * @param name of the filter
 * @param operand what it is applied to
 * @param evaluateArguments as {@link applyPythonFilter} has it
 * @param libraryTests the library's tests by their names
 * @returns the list; undefined for another filter
 */
export function applySelection(name, operand, evaluateArguments, libraryTests) {
  if (!Object.hasOwn(SELECTIONS, name)) return undefined;
  const { passes, byAttribute } = SELECTIONS[name];
  const [positional, named] = evaluateArguments();
  if (named.size > 0) throw new Error(`${name} with the argument ${[...named.keys()][0]} is not supported`);
  const [attribute] = byAttribute ? positional : [];
  const [testName, ...given] = byAttribute ? positional.slice(1) : positional;
  const test = testName === undefined ? isTrue : testOf(textOf(testName), libraryTests);
  const isKept = (item) => test(byAttribute ? attributeOf(item, attribute) : item, ...given) === passes;
  return new ArrayValue(itemsOf(name, operand).filter(isKept));
}

function testOf(name, libraryTests) {
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : libraryTests.get(name);
  if (test === undefined) throw new Error(`Unknown test: ${name}`);
  return test;
}

/** What a path such as `function.name` leads to from an item. */
function attributeOf(item, path, byDefault) {
  if (!(path instanceof StringValue || path instanceof IntegerValue)) {
    throw new Error(`the name of an attribute is expected, got ${path?.type ?? 'none'}`);
  }
  let value = item;
  for (const part of textOf(path).split('.')) {
    if (value instanceof UndefinedValue) throw new Error(`${part} of what is undefined`);
    value = memberOf(value, part) ?? new UndefinedValue();
    if (value instanceof UndefinedValue && byDefault !== undefined && byDefault.type !== 'NullValue')
      value = byDefault;
  }
  return value;
}

function memberOf(value, name) {
  if (value.value instanceof Map) return value.value.get(name);
  const isListed = value instanceof ArrayValue || value instanceof StringValue;
  return isListed && /^\d+$/.test(name) ? itemsOf('a member', value)[name] : undefined;
}

/** Text that may be left out, or None. */
export function optionalText(name, value) {
  if (value === undefined || value.type === 'NullValue') return undefined;
  if (value instanceof StringValue) return value.value;
  throw new Error(`${name} expects a string, got a ${value.type}`);
}

/** That many spaces, or the given text. */
function marginOf(name, width) {
  if (width instanceof StringValue) return width.value;
  if (width instanceof IntegerValue) return ' '.repeat(Math.max(0, Number(width.value)));
  throw new Error(`${name} expects a width, got a ${width.type}`);
}

/** The characters of a text, the items of a list, the keys of an object. */
export function itemsOf(name, value) {
  if (value instanceof StringValue) return Array.from(value.value, (character) => new StringValue(character));
  if (value instanceof ArrayValue) return value.value;
  if (value instanceof ObjectValue) return value.keys().value;
  if (value instanceof UndefinedValue) return [];
  throw new Error(`${name} of a ${value.type}`);
}

function count(operand) {
  const length = operand instanceof StringValue ? lengthOf(operand.value) : itemsOf('length', operand).length;
  return new IntegerValue(length);
}

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What Python's `float` makes of a value; undefined where it fails. */
function numberOf(value) {
  if (isNumber(value)) return Number(value.value);
  const text = value instanceof StringValue ? strip(value.value) : '';
  return FLOAT.test(text) ? Number(text) : undefined;
}

/** What Jinja's `int` makes of a value; undefined where it fails. */
function wholeNumber(value) {
  if (value instanceof IntegerValue) return value;
  const text = value instanceof StringValue ? strip(value.value) : '';
  if (/^[+-]?\d+$/.test(text)) {
    const number = Number(text);
    return toValue(Number.isSafeInteger(number) ? number : BigInt(text.replace('+', '')));
  }
  const number = numberOf(value);
  if (number === undefined) return undefined;
  const whole = Math.trunc(number);
  return toValue(Number.isSafeInteger(whole) ? whole : BigInt(whole));
}

/** A test that compares with its argument. */
const compares =
  (operator) =>
  (value, ...given) => {
    if (given.length !== 1) throw new Error(`a test with ${operator} takes one argument`);
    return operate(operator, value, given[0]).value;
  };

const COMPARISONS = {
  '==': ['eq', 'equalto'],
  '!=': ['ne'],
  '<': ['lt', 'lessthan'],
  '<=': ['le'],
  '>': ['gt', 'greaterthan'],
  '>=': ['ge'],
  in: [],
};

/** Tests of Jinja that the library has otherwise. */
export const TESTS = {
  iterable: (value) =>
    [StringValue, ArrayValue, ObjectValue, UndefinedValue].some((each) => value instanceof each),
  number: isNumber,
  lower: (value) => isCase(textOf(value), 'toLowerCase', 'toUpperCase'),
  upper: (value) => isCase(textOf(value), 'toUpperCase', 'toLowerCase'),
  ...Object.fromEntries(
    Object.entries(COMPARISONS).flatMap(([operator, names]) =>
      [operator, ...names].map((name) => [name, compares(operator)]),
    ),
  ),
};

const isCase = (text, one, other) => text === text[one]() && text !== text[other]();
