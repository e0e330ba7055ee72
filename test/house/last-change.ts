import ts from 'typescript';

const CHANGES = ['apply', 'during', 'irreversible'];

/** Whether a flow that changes something looks at the world after its last change; null for one that changes nothing itself. */
export function verifiesAfterLastChange(source: string): boolean | null {
  const file = ts.createSourceFile('flow.ts', source, ts.ScriptTarget.Latest);
  let lastChange = -1;
  let lastVerify = -1;
  const visit = (node: ts.Node): void => {
    const verb = verbOf(node);
    // A bracket changes the world once more where it ends.
    if (verb && CHANGES.includes(verb)) lastChange = Math.max(lastChange, verb === 'during' ? node.end : node.pos);
    if (verb === 'verify') lastVerify = Math.max(lastVerify, node.pos);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return lastChange < 0 ? null : lastVerify > lastChange;
}

/** The verb of a call `run.verb(…)`. */
function verbOf(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
  const { expression, name } = node.expression;
  return ts.isIdentifier(expression) && expression.text === 'run' ? name.text : null;
}
