// Slips in formulas over tensors, which mutation testers for TypeScript do not know to make: a sign, a sum for a
// difference, a factor left out, a sum for a mean, chosen for rejected, a bound on the wrong side, a gradient let through.
import ts from 'typescript';

/** What may have been meant to stand in place of a call, from the texts of its arguments. */
const calls = {
  add: ([a, b]) => [`tf.sub(${a}, ${b})`],
  sub: ([a, b]) => [`tf.add(${a}, ${b})`, `tf.sub(${b}, ${a})`],
  mul: ([a, b]) => [`tf.mul(1, ${b})`, `tf.mul(${a}, 1)`],
  div: ([a, b]) => [`tf.mul(${a}, ${b})`, `tf.div(${a}, 1)`],
  divNoNan: ([a]) => [a],
  neg: ([x]) => [x],
  square: ([x]) => [x],
  sqrt: ([x]) => [x],
  abs: ([x]) => [x],
  relu: ([x]) => [x, `tf.relu(tf.neg(${x}))`],
  step: ([x]) => [`tf.step(tf.neg(${x}))`],
  sigmoid: ([x]) => [`tf.sigmoid(tf.neg(${x}))`],
  exp: ([x]) => [`tf.exp(tf.neg(${x}))`],
  expm1: ([x]) => [`tf.exp(${x})`],
  log: ([x]) => [x],
  logSumExp: ([x]) => [`tf.sum(${x})`],
  mean: (given) => [`tf.sum(${given.join(', ')})`],
  sum: (given) => [`tf.mean(${given.join(', ')})`],
  max: (given) => [`tf.min(${given.join(', ')})`],
  min: (given) => [`tf.max(${given.join(', ')})`],
  maximum: (given) => [`tf.minimum(${given.join(', ')})`, given[0]],
  minimum: (given) => [`tf.maximum(${given.join(', ')})`, given[0]],
  clipByValue: ([x]) => [x],
  less: ([a, b]) => [`tf.less(${b}, ${a})`],
  logicalOr: (given) => [`tf.logicalAnd(${given.join(', ')})`],
  logicalAnd: (given) => [`tf.logicalOr(${given.join(', ')})`],
  zeros: (given) => [`tf.ones(${given.join(', ')})`],
  where: ([, a, b]) => [a, b],
  logSigmoid: ([x]) => [`tf.neg(logSigmoid(${x}))`, `logSigmoid(tf.neg(${x}))`],
  safeExponential: ([x]) => [`safeExponential(tf.neg(${x}))`],
  detach: ([x]) => [x],
  withoutGradient: ([inputs, compute]) => [`(${compute})(...${inputs})`],
};

/**
 * Every mutant of a source file, in order of place.
 *
 * @param {string} text the file's TypeScript
 * @returns {{ line: number, was: string, is: string, text: string }[]} each with one slip; `text` is the whole file with it
 */
export function tensorMutants(text) {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2022, true);
  const names = declaredNames(source);
  const mutants = [];
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) return;
    const start = node.getStart(source);
    const was = node.getText(source);
    for (const is of slipsOf(node, source, names)) {
      mutants.push({
        line: source.getLineAndCharacterOfPosition(start).line + 1,
        was,
        is,
        text: text.slice(0, start) + is + text.slice(node.getEnd()),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
}

function slipsOf(node, source, names) {
  if (ts.isCallExpression(node)) return slipsOfCall(node, source);
  if (ts.isNumericLiteral(node) && isFactor(node)) {
    return [node.text === '0' ? '1' : String(2 * Number(node.text.replaceAll('_', '')))];
  }
  if (ts.isShorthandPropertyAssignment(node)) {
    const other = otherSide(node.name.text);
    if (node.name.text === 'importance') return ['importance: undefined'];
    return names.has(other) ? [`${node.name.text}: ${other}`] : [];
  }
  if (ts.isPropertyAccessExpression(node)) {
    const other = otherSide(node.name.text);
    return other ? [`${node.expression.getText(source)}.${other}`] : [];
  }
  if (ts.isIdentifier(node) && isRead(node)) {
    const other = otherSide(node.text);
    return names.has(other) ? [other] : [];
  }
  return [];
}

function slipsOfCall(node, source) {
  const name = node.expression.getText(source).replace(/^tf\./, '');
  if (!Object.hasOwn(calls, name)) return [];
  const [a, b] = node.arguments;
  const slips = calls[name](node.arguments.map((argument) => argument.getText(source)));
  // A product or quotient of which only a number is left would have no shape: no one would leave out just the formula.
  if (name === 'mul') return slips.filter((_, index) => !isNumber([b, a][index]));
  if (name === 'div' && isNumber(a)) return slips.slice(0, 1);
  // The sign of what is squared does not matter.
  if (name === 'sub' && isSquared(node)) return slips.slice(0, 1);
  return slips;
}

function isSquared({ parent }) {
  if (ts.isConditionalExpression(parent)) return isSquared(parent);
  return ts.isCallExpression(parent) && /^tf\.(square|abs)$/.test(parent.expression.getText());
}

/** Numbers, and the options that are: β and its like are single words without a call. */
function isNumber(node) {
  if (ts.isParenthesizedExpression(node)) return isNumber(node.expression);
  return (
    ts.isNumericLiteral(node) ||
    ts.isPrefixUnaryExpression(node) ||
    ts.isBinaryExpression(node) ||
    (ts.isIdentifier(node) && /^(beta|alpha|labelSmoothing|centering|exponent|temperature)$/.test(node.text))
  );
}

/** Whether a number is part of a formula: an operand, an argument of an op by elements, a constant or a default. */
function isFactor(node) {
  const { parent } = ts.isPrefixUnaryExpression(node.parent) ? node.parent : node;
  if (ts.isCallExpression(parent)) {
    return /^tf\.(add|sub|mul|div|maximum|minimum|fill)$/.test(parent.expression.getText());
  }
  return ts.isBinaryExpression(parent) || ts.isVariableDeclaration(parent) || ts.isBindingElement(parent);
}

/** The same name for the other response of the pair; undefined where it names neither. */
function otherSide(name) {
  const other = name.replace(/chosen|rejected|Chosen|Rejected/, (side) => sides[side]);
  return other === name ? undefined : other;
}
const sides = { chosen: 'rejected', rejected: 'chosen', Chosen: 'Rejected', Rejected: 'Chosen' };

/** Whether an identifier stands for its value: neither a declaration nor the name of a property. */
function isRead({ parent, ...node }) {
  const named = parent.name ?? parent.propertyName;
  return (
    !(named && named.pos === node.pos) &&
    !ts.isBindingElement(parent) &&
    !ts.isShorthandPropertyAssignment(parent)
  );
}

/** Every name that is declared somewhere in the file. */
function declaredNames(source) {
  const names = new Set();
  const visit = (node) => {
    if (ts.isBindingElement(node) || ts.isVariableDeclaration(node) || ts.isParameter(node)) {
      if (ts.isIdentifier(node.name)) names.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}
