// Overrides where @huggingface/jinja differs from Python's Jinja. Plain JavaScript, as render-jinja.js is.
import { Environment, Interpreter } from '@huggingface/jinja';
import { applyPythonFilter, applySelection, itemsOf, optionalText, TESTS } from './python-filters.js';
import { operate } from './python-operators.js';
import { capitalize, find, rsplit, split, strip, title } from './python-strings.js';
import {
  ArrayValue,
  BooleanValue,
  FunctionValue,
  IntegerValue,
  ObjectValue,
  StringValue,
  textOf,
  toValue,
  UndefinedValue,
  Value,
} from './python-values.js';

/** Statements that write nothing; an expression that gives None writes it. */
const SILENT = new Set(['Set', 'Macro', 'Comment']);

/** What a dictionary of Python has, whatever its keys are. */
const DICTIONARY_METHODS = new Set(['get', 'items', 'keys', 'values']);

const STRING_METHODS = {
  capitalize: (text) => capitalize(text),
  title: (text) => title(text),
  strip: (text, characters) => strip(text, optionalText('strip', characters)),
  lstrip: (text, characters) => strip(text, optionalText('lstrip', characters), { right: false }),
  rstrip: (text, characters) => strip(text, optionalText('rstrip', characters), { left: false }),
  split: (text, separator, most) => split(text, optionalText('split', separator), wholeNumber('split', most)),
  rsplit: (text, separator, most) =>
    rsplit(text, optionalText('rsplit', separator), wholeNumber('rsplit', most)),
  find: (text, part, ...range) => {
    if (part instanceof StringValue && range.length === 0) return find(text, part.value);
    throw new Error('find expects one string');
  },
};

function wholeNumber(name, value = new IntegerValue(-1)) {
  if (value instanceof IntegerValue) return value.value;
  throw new Error(`${name} expects a number, got a ${value.type}`);
}

/** Methods whose arguments may be named, with the names in order. */
const PARAMETERS = { split: ['sep', 'maxsplit'], rsplit: ['sep', 'maxsplit'] };

/** The arguments of a method in order; the library puts those with names into one value, the last. */
function inOrder(method, given) {
  const named = given.at(-1);
  if (named?.type !== 'KeywordArgumentsValue') return given;
  const ordered = given.slice(0, -1);
  for (const [name, value] of named.value) {
    const at = (PARAMETERS[method] ?? []).indexOf(name);
    if (at < 0) throw new Error(`${method} with the argument ${name} is not supported`);
    if (ordered[at] !== undefined) throw new Error(`${method} has two values for ${name}`);
    ordered[at] = value;
  }
  return ordered;
}

/** Runs a template as Jinja of Python does. A node of the program may also be a value, which stands for itself. */
export class PythonInterpreter extends Interpreter {
  /** The innermost loop: its body, and what its iterations have written. */
  #loop;

  evaluate(node, environment) {
    return node instanceof Value ? node : super.evaluate(node, environment);
  }

  evaluateBlock(statements, environment) {
    const loop = this.#loop?.body === statements ? this.#loop : undefined;
    // What an iteration sets ends with it.
    const scope = loop === undefined ? environment : new Environment(environment);
    let text = '';
    for (const statement of statements) {
      try {
        const value = this.evaluate(statement, scope);
        if (!SILENT.has(statement.type)) text += textOf(value);
      } catch (error) {
        // What was written before a break or continue stays; what was captured by another statement does not.
        if (statement.type === 'Break' || statement.type === 'Continue') error.written = text;
        else if (error.written !== undefined)
          error.written = text + (statement.type === 'If' ? error.written : '');
        if (loop !== undefined) loop.text += error.written ?? '';
        throw error;
      }
    }
    if (loop === undefined) return new StringValue(text);
    loop.text += text;
    return new StringValue('');
  }

  evaluateFor(node, environment) {
    const { iterable } = node;
    const isSelected = iterable.type === 'SelectExpression';
    const value = this.evaluate(isSelected ? iterable.lhs : iterable, new Environment(environment));
    const unpacked = (item) => new ArrayValue(itemsOf('unpacking', item));
    const isUnpacked = node.loopvar.type === 'TupleLiteral';
    const items = new ArrayValue(isUnpacked ? itemsOf('for', value).map(unpacked) : itemsOf('for', value));
    const outer = this.#loop;
    const loop = { body: node.body, text: '' };
    this.#loop = loop;
    try {
      const rest = super.evaluateFor(
        { ...node, iterable: isSelected ? { ...iterable, lhs: items } : items },
        environment,
      );
      return new StringValue(loop.text + rest.value);
    } finally {
      this.#loop = outer;
    }
  }

  /** A macro sees what is around its definition, not what is around its call. */
  evaluateMacro(node, environment) {
    const result = super.evaluateMacro(node, environment);
    const macro = environment.lookupVariable(node.name.value);
    const run = (given, from) => {
      const scope = new Environment(environment);
      if (from.variables.has('caller')) scope.setVariable('caller', from.variables.get('caller'));
      return macro.value(given, scope);
    };
    environment.setVariable(node.name.value, new FunctionValue(run));
    return result;
  }

  evaluateBinaryExpression(node, environment) {
    const { value: operator } = node.operator;
    if (operator === 'and' || operator === 'or') return super.evaluateBinaryExpression(node, environment);
    return operate(operator, this.evaluate(node.left, environment), this.evaluate(node.right, environment));
  }

  evaluateMemberExpression(node, environment) {
    const object = this.evaluate(node.object, environment);
    if (object instanceof UndefinedValue) {
      const { type, value, property } = node.object;
      throw new Error(`${(type === 'Identifier' ? value : property?.value) ?? 'a value'} is undefined`);
    }
    const name = node.computed ? undefined : node.property.value;
    if (object instanceof ObjectValue && DICTIONARY_METHODS.has(name) && object.type === 'ObjectValue') {
      return object.builtins.get(name);
    }
    if (name === 'length' && (object instanceof StringValue || object instanceof ArrayValue))
      return new UndefinedValue();
    if (object instanceof StringValue) {
      if (Object.hasOwn(STRING_METHODS, name ?? '')) {
        return new FunctionValue((given) =>
          toValue(STRING_METHODS[name](object.value, ...inOrder(name, given))),
        );
      }
      if (node.computed && node.property.type !== 'SliceExpression') {
        const characters = new ArrayValue(itemsOf('a member', object));
        return super.evaluateMemberExpression({ ...node, object: characters }, environment);
      }
    }
    return super.evaluateMemberExpression({ ...node, object }, environment);
  }

  applyFilter(operand, node, environment) {
    const [name, given] =
      node.type === 'Identifier' ? [node.value, []] : [node.callee?.value, node.args ?? []];
    if (name === 'map' && given.length > 0 && given[0].type !== 'KeywordArgumentExpression') {
      const [filter, ...args] = given;
      const callee = { type: 'Identifier', value: textOf(this.evaluate(filter, environment)) };
      const each = args.length === 0 ? callee : { type: 'CallExpression', callee, args };
      return new ArrayValue(itemsOf('map', operand).map((item) => this.applyFilter(item, each, environment)));
    }
    const evaluateArguments = () => this.evaluateArguments(given, environment);
    const value =
      applySelection(name, operand, evaluateArguments, environment.tests) ??
      applyPythonFilter(name, operand, evaluateArguments);
    return value ?? super.applyFilter(operand, node, environment);
  }

  evaluateTestExpression(node, environment) {
    const operand = this.evaluate(node.operand, environment);
    const { value: name } = node.test;
    if (!Object.hasOwn(TESTS, name)) return super.evaluateTestExpression({ ...node, operand }, environment);
    return new BooleanValue(TESTS[name](operand) !== node.negate);
  }
}
