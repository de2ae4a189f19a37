// Visits every node of a parsed file, whatever kind it is.

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

export function walk(
  root: unknown,
  visit: (node: Node, parent: Node | null) => void,
  parent: Node | null = null,
): void {
  if (Array.isArray(root)) {
    for (const each of root) walk(each, visit, parent);
    return;
  }
  if (!isNode(root)) return;
  visit(root, parent);
  for (const value of Object.values(root)) if (typeof value === 'object') walk(value, visit, root);
}
