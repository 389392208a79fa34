import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockfileAddresses, lockfileHoles } from './lockfile.js';
import { dependencyProblems, manifestProblems, packagesOf, referenceProblems } from './workspace.js';

const root = join(import.meta.dirname, '../..');
const lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

describe('the workspace', () => {
  it('has packages to check', () => {
    expect(packagesOf(root).length).toBeGreaterThan(5);
  });
  it('refers, for the compiler, to what package.json names', () => {
    expect(referenceProblems(root)).toEqual([]);
  });
  it('declares what it imports, and no more', () => {
    expect(dependencyProblems(root)).toEqual([]);
  });
  it('gives each package what its users need', () => {
    expect(manifestProblems(root)).toEqual([]);
  });
});

describe('the lockfile', () => {
  it('has no holes', () => {
    expect(lockfileHoles(lockfile)).toEqual([]);
  });
  it('names no registry', () => {
    expect(lockfileAddresses(lockfile)).toEqual([]);
  });
  it('would show a hole, at any depth', () => {
    const packages = {
      '': {},
      'node_modules/a': { optionalDependencies: { 'a-linux': '1' } },
      'node_modules/b/node_modules/c': { optionalDependencies: { 'c-linux': '1', 'c-mac': '1' } },
      'node_modules/b/node_modules/c-linux': {},
    };
    expect(lockfileHoles({ packages })).toEqual(['node_modules/a: a-linux', 'node_modules/b/node_modules/c: c-mac']);
  });
});
