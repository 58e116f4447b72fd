// Python's operators between values of Jinja: the library compares as JavaScript does, and joins text to anything. Plain
// JavaScript, as render-jinja.js is.
import {
  ArrayValue,
  areEqual,
  BooleanValue,
  FloatValue,
  IntegerValue,
  isNumber,
  ObjectValue,
  StringValue,
  textOf,
  UndefinedValue,
} from './python-values.js';

/**
 * @param operator any binary operator except `and` and `or`, which are evaluated lazily elsewhere
 * @throws {Error} where Python has no such operation between these
 */
export function operate(operator, left, right) {
  switch (operator) {
    case '==':
      return new BooleanValue(areEqual(left, right));
    case '!=':
      return new BooleanValue(!areEqual(left, right));
    case 'in':
      return new BooleanValue(isIn(left, right));
    case 'not in':
      return new BooleanValue(!isIn(left, right));
    case '~':
      return new StringValue(textOf(left) + textOf(right));
  }
  const areTexts = left instanceof StringValue && right instanceof StringValue;
  if (Object.hasOwn(COMPARISONS, operator) && (areTexts || (isNumber(left) && isNumber(right)))) {
    return new BooleanValue(COMPARISONS[operator](left.value, right.value));
  }
  if (isNumber(left) && isNumber(right) && Object.hasOwn(ARITHMETIC, operator)) {
    return calculate(operator, left, right);
  }
  if (operator === '+' && areTexts) return new StringValue(left.value + right.value);
  if (operator === '+' && left instanceof ArrayValue && left.type === right.type) {
    return new left.constructor(left.value.concat(right.value));
  }
  throw new Error(`${left.type} ${operator} ${right.type} is not supported`);
}

const COMPARISONS = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function isIn(item, container) {
  if (container instanceof ArrayValue) return container.value.some((each) => areEqual(each, item));
  if (container instanceof ObjectValue) return item instanceof StringValue && container.value.has(item.value);
  if (container instanceof UndefinedValue) return false;
  if (container instanceof StringValue && item instanceof StringValue)
    return container.value.includes(item.value);
  throw new Error(`${item.type} in ${container.type} is not supported`);
}

const ARITHMETIC = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  // It has the sign of the divisor.
  '%': (a, b) => (a % b !== 0 && a < 0 !== b < 0 ? (a % b) + b : a % b),
  '**': (a, b) => a ** b,
};

function calculate(operator, left, right) {
  const [a, b] = [left, right].map(({ value }) => {
    if (typeof value === 'bigint') throw new Error(`${value} is too large to calculate with`);
    return Number(value);
  });
  if (b === 0 && ['/', '//', '%'].includes(operator)) throw new Error('division by zero');
  const result = ARITHMETIC[operator](a, b);
  const isFloat = left instanceof FloatValue || right instanceof FloatValue;
  if (isFloat || operator === '/' || (operator === '**' && b < 0)) return new FloatValue(result);
  if (!Number.isSafeInteger(result)) throw new Error(`${a} ${operator} ${b} is too large a number`);
  return new IntegerValue(result);
}
