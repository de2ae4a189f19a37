// House style, "Names" and "Comments and size": lengths, parameters, first lines, file names, and what must not be left lying about.
import { parseSync } from 'vite';
import { isCode, type SourceFile } from './source-tree.ts';
import { isNode, type Node, walk } from './walk-syntax.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const PARAMETERS_MAX = 4;

export function longFiles(files: readonly SourceFile[]): string[] {
  return files
    .filter(isCode)
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > FILE_LINES_MAX)
    .map(({ path, lines }) => `${path} has ${lines} lines, at most ${FILE_LINES_MAX}`);
}

/** A test file's `describe` is a chapter, not a function: there only named functions are measured. */
export function longFunctions(files: readonly SourceFile[]): string[] {
  return overFunctions(files, (file, node) => {
    if (file.path.endsWith('.test.ts') && node.type !== 'FunctionDeclaration') return null;
    const lines = file.text.slice(node.start, node.end).split('\n').length;
    return lines > FUNCTION_LINES_MAX ? `has a function of ${lines} lines, at most ${FUNCTION_LINES_MAX}` : null;
  });
}

export function manyParameters(files: readonly SourceFile[]): string[] {
  return overFunctions(files, (_file, node) => {
    const count = Array.isArray(node['params']) ? node['params'].length : 0;
    return count > PARAMETERS_MAX ? `has a function of ${count} parameters, at most ${PARAMETERS_MAX}` : null;
  });
}

function overFunctions(files: readonly SourceFile[], judge: (file: SourceFile, node: Node) => string | null): string[] {
  const offences: string[] = [];
  for (const file of files.filter(isCode)) {
    walk(parseSync(file.path, file.text).program, (node) => {
      if (!['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type)) return;
      const offence = judge(file, node);
      const line = file.text.slice(0, node.start).split('\n').length;
      if (offence !== null) offences.push(`${file.path}:${line} ${offence}`);
    });
  }
  return offences;
}

/** Test suites are introduced by their names. */
export function missingHeaders(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => isCode(file) && !file.path.endsWith('.test.ts'))
    .filter(({ text }) => !/^\/\/ \S.*[.:;!?]/.test(text))
    .map(({ path }) => `${path} does not open with a sentence that says what it decides`);
}

export function badFileNames(files: readonly SourceFile[]): string[] {
  return files
    .filter(isCode)
    .filter(({ path }) => {
      const name = (path.split('/').at(-1) ?? '').replace(/(\.(test|config|d))?\.tsx?$/, '');
      const words = name.split('-');
      const vague = ['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'misc'];
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || words.some((word) => vague.includes(word));
    })
    .map(({ path }) => `${path} is not a name that says what is inside`);
}

export function machinePaths(files: readonly SourceFile[]): string[] {
  return grep(files, /(?<![\w.~/-])\/(?:work|root|home|tmp|Users|private)\/[\w.-]+/, 'names a place on one machine');
}

export function leftovers(files: readonly SourceFile[]): string[] {
  const code = files.filter(isCode);
  return [
    ...grep(code, /\b(?:TO|FIX)(?:DO|ME)\b/, 'holds unfinished work'),
    ...grep(code, /@ts-(?:ignore|expect-error|nocheck)/, 'silences the compiler'),
    ...grep(code, /^\s*\/\/\s*[-=*#_]{3,}/m, 'holds a banner: two files want to be made'),
  ];
}

function grep(files: readonly SourceFile[], pattern: RegExp, offence: string): string[] {
  return files.flatMap(({ path, text }) => {
    const match = pattern.exec(text);
    if (!match) return [];
    const line = text.slice(0, match.index).split('\n').length;
    return [`${path}:${line} ${offence}: ${match[0].trim()}`];
  });
}

/** Globals that read the world. `new Date(ms)` is arithmetic and stays allowed. */
const WORLDLY = new Set([
  'console',
  'crypto',
  'fetch',
  'performance',
  'process',
  'globalThis',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
]);

/** No clock, dice, timers, network or console where `now`, seeds and ids are arguments. */
export function worldInCore(files: readonly SourceFile[]): string[] {
  const offences: string[] = [];
  for (const file of files.filter((each) => isCode(each) && /^src\/(domain|flows)\//.test(each.path))) {
    walk(parseSync(file.path, file.text).program, (node, parent) => {
      const used = worldlyUse(node, parent);
      if (used !== null)
        offences.push(`${file.path}:${file.text.slice(0, node.start).split('\n').length} uses ${used}`);
    });
  }
  return offences;
}

function worldlyUse(node: Node, parent: Node | null): string | null {
  if (node.type === 'MemberExpression' && isNode(node['object']) && isNode(node['property'])) {
    const member = `${String(node['object']['name'])}.${String(node['property']['name'])}`;
    if (member === 'Date.now' || member === 'Math.random') return member;
  }
  if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const callee = node['callee'];
    const bare = isNode(callee) && callee['name'] === 'Date' && (node['arguments'] as unknown[]).length === 0;
    if (bare) return 'the clock through Date()';
  }
  if (node.type !== 'Identifier' || !WORLDLY.has(String(node['name']))) return null;
  // A property or a key of that name is someone else's word.
  const isWord =
    parent !== null && (parent['property'] === node || parent['key'] === node) && parent['computed'] !== true;
  return isWord ? null : String(node['name']);
}
