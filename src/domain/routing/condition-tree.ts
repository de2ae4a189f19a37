// What can be said of a condition from its syntax tree alone: its depth, its forbidden calls, what it cannot do without.
import type { ASTNode } from '@marcbachmann/cel-js';

/** Loops and bindings multiply work; a pattern is matched by backtracking here and a hostile one never ends. */
const REFUSED_CALLS: ReadonlyMap<string, string> = new Map([
  ...['all', 'exists', 'exists_one', 'filter', 'map'].map(
    (name) => [name, `${name}() is a comprehension, which a condition may not hold`] as const,
  ),
  ['bind', 'bind() is a macro, which a condition may not hold'],
  ['matches', 'matches() can run for ever on a hostile text: use startsWith, endsWith, contains or in'],
]);

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case '!_':
    case '-_':
      return [node.args];
    case 'map':
      return node.args.flat();
    default:
      return node.args;
  }
}

export function refusedCall(node: ASTNode): { readonly message: string; readonly position: number } | null {
  const name = node.op === 'call' || node.op === 'rcall' ? node.args[0] : null;
  const message = name === null ? undefined : REFUSED_CALLS.get(name);
  if (message !== undefined) return { message, position: node.range.start };
  for (const child of childrenOf(node)) {
    const refused = refusedCall(child);
    if (refused !== null) return refused;
  }
  return null;
}

/** A chain of the same && or || is one level however long: twenty countries joined by || are not deep. */
export function depthOf(node: ASTNode, parent: ASTNode['op'] | null = null): number {
  const chained = node.op === parent && (node.op === '&&' || node.op === '||');
  let deepest = 0;
  for (const child of childrenOf(node)) deepest = Math.max(deepest, depthOf(child, node.op));
  return deepest + (chained ? 0 : 1);
}

/** A variable, or one key of a map variable. */
export interface RequestRead {
  readonly name: string;
  readonly variable: string;
  readonly key: string | null;
}
type Reads = ReadonlyMap<string, RequestRead>;

const NOTHING: Reads = new Map();

const union = (left: Reads, right: Reads): Reads => (right.size === 0 ? left : new Map([...left, ...right]));

const intersection = (left: Reads, right: Reads): Reads => new Map([...left].filter(([name]) => right.has(name)));

function readOf(variable: string, key: string | null): Reads {
  const name = key === null ? variable : `${variable}.${key}`;
  return new Map([[name, { name, variable, key }]]);
}

/** What a condition surely reads before it can be true: where one is absent it need not be run to know that it does not match. */
export function alwaysReads(ast: ASTNode): readonly RequestRead[] {
  return [...readsToHold(ast).values()];
}

function readsToHold(node: ASTNode): Reads {
  if (node.op === '&&') return union(readsToHold(node.args[0]), readsToHold(node.args[1]));
  if (node.op === '||') return intersection(readsToHold(node.args[0]), readsToHold(node.args[1]));
  return readsToAnswer(node);
}

/** What it surely reads before it answers at all: CEL's && and || may answer from either side alone. */
function readsToAnswer(node: ASTNode): Reads {
  switch (node.op) {
    case 'id':
      return readOf(node.args, null);
    case '.':
      return memberRead(node.args[0], node.args[1]);
    case '[]':
      if (node.args[1].op === 'value' && typeof node.args[1].args === 'string') {
        return memberRead(node.args[0], node.args[1].args);
      }
      return union(readsToAnswer(node.args[0]), readsToAnswer(node.args[1]));
    case '&&':
    case '||':
      return intersection(readsToAnswer(node.args[0]), readsToAnswer(node.args[1]));
    case '?:':
      return union(readsToAnswer(node.args[0]), intersection(readsToAnswer(node.args[1]), readsToAnswer(node.args[2])));
    case 'call':
      // has(metadata.plan) asks whether it is there.
      return node.args[0] === 'has' ? NOTHING : node.args[1].map(readsToAnswer).reduce(union, NOTHING);
    default:
      return childrenOf(node).map(readsToAnswer).reduce(union, NOTHING);
  }
}

function memberRead(object: ASTNode, key: string): Reads {
  return object.op === 'id' ? readOf(object.args, key) : readsToAnswer(object);
}
