import { describe, expect, it } from '@jest/globals';
import type { KindName } from '../descriptor.ts';
import {
  parseProvider,
  parseVirtualMachine,
  parseVMClass,
  parseVMImage,
  parseVMNetworkAttachment,
  type Parsed,
} from '../parse.ts';
import { engines } from '../testing/cel-engines.ts';
import { brokenRules } from '../testing/evaluate-rules.ts';
import { anObject } from '../testing/objects.ts';
import { ruleRows as rows } from '../testing/rule-rows.ts';
import { objectSchema } from './custom-resource-definition.ts';

const parse: Record<KindName, (object: unknown) => Parsed<unknown>> = {
  Provider: parseProvider,
  VirtualMachine: parseVirtualMachine,
  VMClass: parseVMClass,
  VMImage: parseVMImage,
  VMNetworkAttachment: parseVMNetworkAttachment,
};

const pathOf = (line: string) => line.slice(0, line.indexOf(': '));

describe.each(engines)('the rules of the CRDs, by $name', (engine) => {
  it.each(rows)('judges $kind $spec', ({ kind, spec, refused }) => {
    expect(brokenRules(engine, objectSchema(kind), { now: anObject(kind, spec) }).map(pathOf)).toEqual(refused);
  });
});

describe('the parsers', () => {
  it.each(rows)('judge $kind $spec as CEL does', ({ kind, spec, refused }) => {
    const parsed = parse[kind](anObject(kind, spec));
    const issues = parsed.ok ? [] : parsed.issues;
    expect(issues.map(({ path }) => path)).toEqual(refused);
    const fromCel = brokenRules(engines[0]!, objectSchema(kind), { now: anObject(kind, spec) });
    expect(issues.map(({ path, message }) => `${path}: ${message}`)).toEqual(fromCel);
  });
});
