import type { ASTNode } from '@marcbachmann/cel-js';
import { compilePattern } from '../schema/pattern.ts';
import type { StructuralSchema } from '../schema/structural-schema.ts';
import { escapeName } from './escape-name.ts';

/** Functions that were held against Kubernetes' own: name and number of arguments, the receiver not counted. */
const functions = new Set(['has/1', 'size/1', 'int/1', 'string/1']);
const methods = new Set(
  `size/0 matches/1 startsWith/1 endsWith/1 contains/1 substring/1 substring/2 all/2 exists/2 exists_one/2 filter/2 map/2`.split(
    ' ',
  ),
);
const comprehensions = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);
const binary = new Set('== != < <= > >= + - * / % in || && []'.split(' '));

/** What is known about the type of an expression: a schema, `unknown`, or a name that is not in scope. */
type Typing = StructuralSchema | 'unknown';

interface Scope {
  readonly variables: ReadonlyMap<string, Typing>;
  readonly used: Set<string>;
  readonly members: Set<string>;
  readonly refuse: (why: string) => Error;
}

/** What a rule reads. */
export interface Reads {
  /** Which of `self` and `oldSelf`. */
  readonly variables: ReadonlySet<string>;
  /** Which of their members, as the rule spells them; undefined: it reads a whole one. */
  readonly members: ReadonlySet<string> | undefined;
}

/** Refuses what this server does not offer, and members that the schema does not have. */
export function checkConstructs(ast: ASTNode, self: StructuralSchema, refuse: (why: string) => Error): Reads {
  const [used, members] = [new Set<string>(), new Set<string>()];
  walk(ast, {
    variables: new Map([
      ['self', self],
      ['oldSelf', self],
    ]),
    used,
    members,
    refuse,
  });
  return { variables: used, members: members.has(whole) ? undefined : members };
}

/** Stands for all members; no name of a member is empty. */
const whole = '';
const roots = new Set(['self', 'oldSelf']);

function walk(node: ASTNode, scope: Scope): Typing {
  switch (node.op) {
    case 'value':
      return 'unknown';
    case 'id':
      if (roots.has(node.args)) scope.members.add(whole);
      return variable(node.args, scope);
    case '.':
      return select(receiver(node.args[0], node.args[1], scope), node.args[1], scope);
    case '[]': {
      const [list, index] = node.args;
      const typing = walk(list, scope);
      walk(index, scope);
      return typing === 'unknown' ? typing : (typing.items ?? typing.additional ?? 'unknown');
    }
    case 'list':
      for (const item of node.args) walk(item, scope);
      return 'unknown';
    case '?:': {
      const [condition, yes, no] = node.args;
      walk(condition, scope);
      walk(no, scope);
      return walk(yes, scope);
    }
    case '!_':
    case '-_':
      walk(node.args, scope);
      return 'unknown';
    case 'call':
      return call(node.args, scope);
    case 'rcall':
      return methodCall(node.args, scope);
    default:
      return operator(node, scope);
  }
}

/** What a member is read of; of `self` and `oldSelf` that member alone. */
function receiver(node: ASTNode, name: string, scope: Scope): Typing {
  if (node.op !== 'id' || !roots.has(node.args)) return walk(node, scope);
  scope.members.add(name);
  return variable(node.args, scope);
}

function operator(node: ASTNode, scope: Scope): Typing {
  if (!binary.has(node.op)) throw scope.refuse(`${node.op} is not supported by this server`);
  const [left, right] = node.args as readonly [ASTNode, ASTNode];
  walk(left, scope);
  walk(right, scope);
  return 'unknown';
}

function variable(name: string, scope: Scope): Typing {
  const typing = scope.variables.get(name);
  if (!typing) throw scope.refuse(`undeclared reference to '${name}'`);
  scope.used.add(name);
  return typing;
}

function select(typing: Typing, name: string, scope: Scope): Typing {
  if (typing === 'unknown') return typing;
  for (const [property, schema] of typing.properties) if (escapeName(property) === name) return schema;
  if (typing.additional) return typing.additional;
  throw scope.refuse(`undefined field '${name}'`);
}

function call([name, args]: readonly [string, readonly ASTNode[]], scope: Scope): Typing {
  if (!functions.has(`${name}/${args.length}`)) {
    throw scope.refuse(`the function ${name} of ${args.length} is not supported by this server`);
  }
  for (const argument of args) walk(argument, scope);
  return 'unknown';
}

function methodCall([name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]], scope: Scope): Typing {
  if (!methods.has(`${name}/${args.length}`)) {
    throw scope.refuse(`the method ${name} of ${args.length} is not supported by this server`);
  }
  const typing = walk(receiver, scope);
  const [first, second] = args;
  if (name === 'matches' && first?.op === 'value' && typeof first.args === 'string') {
    compilePattern(first.args, scope.refuse);
  }
  if (!comprehensions.has(name)) {
    for (const argument of args) walk(argument, scope);
    return 'unknown';
  }
  if (first?.op !== 'id' || !second) throw scope.refuse(`${name} needs a variable and an expression`);
  const element = typing === 'unknown' ? typing : (typing.items ?? 'unknown');
  walk(second, { ...scope, variables: new Map(scope.variables).set(first.args, element) });
  return name === 'filter' ? typing : 'unknown';
}
