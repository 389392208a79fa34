import { describe, expect, it } from '@jest/globals';
import { engines } from '../testing/cel-engines.ts';
import { brokenRules } from '../testing/evaluate-rules.ts';
import { aBoundMachine, anObject } from '../testing/objects.ts';
import { frozen, open, otherKinds } from '../testing/transition-rows.ts';
import { objectSchema } from './custom-resource-definition.ts';

const pathOf = (line: string) => line.slice(0, line.indexOf(': '));

describe.each(engines)('what may change, by $name', (engine) => {
  const machine = objectSchema('VirtualMachine');

  it.each(frozen)('refuses $before to $now of a bound VirtualMachine', ({ before, now, field }) => {
    const objects = { before: aBoundMachine(before), now: aBoundMachine(now) };
    expect(brokenRules(engine, machine, objects).map(pathOf)).toEqual([field]);
  });

  it.each(frozen)('takes $before to $now as long as it is unbound', ({ before, now }) => {
    const unbound = {
      before: { ...anObject('VirtualMachine', before), status: {} },
      now: anObject('VirtualMachine', now),
    };
    expect(brokenRules(engine, machine, unbound)).toEqual([]);
    expect(brokenRules(engine, machine, { ...unbound, before: anObject('VirtualMachine', before) })).toEqual([]);
  });

  it.each(open)('takes $before to $now of a bound VirtualMachine', ({ before, now }) => {
    expect(brokenRules(engine, machine, { before: aBoundMachine(before), now: aBoundMachine(now) })).toEqual([]);
  });

  it('takes the binding itself', () => {
    expect(brokenRules(engine, machine, { before: anObject('VirtualMachine'), now: aBoundMachine() })).toEqual([]);
  });

  it.each(otherKinds)('judges $before to $now of a $kind', ({ kind, before, now, refused }) => {
    const objects = { before: anObject(kind, before), now: anObject(kind, now) };
    expect(brokenRules(engine, objectSchema(kind), objects).map(pathOf)).toEqual(refused);
  });
});
