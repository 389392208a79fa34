import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import {
  parseProvider,
  parseVirtualMachine,
  parseVMClass,
  parseVMImage,
  parseVMNetworkAttachment,
} from '@virtrigaud/api-types';
import { parseManifests } from '../src/manifests/parse-manifests.ts';
import { demoFile } from '../src/up/demo.ts';

const parsers = {
  Provider: parseProvider,
  VirtualMachine: parseVirtualMachine,
  VMClass: parseVMClass,
  VMImage: parseVMImage,
  VMNetworkAttachment: parseVMNetworkAttachment,
};

const examples = new URL('../../../examples/', import.meta.url);
const names = (await readdir(examples, { recursive: true })).filter((name) => /\.ya?ml$/.test(name));
const files = [...names.map((name) => new URL(name, examples).pathname), demoFile];

describe('the examples', () => {
  it('are there', () => expect(names.length).toBeGreaterThanOrEqual(3));

  it.each(files)('%s is what the schemas say, and refers to what it holds', async (file) => {
    const found = parseManifests(await readFile(file, 'utf8'), file);
    expect(found).not.toEqual([]);
    const issues = found.flatMap(({ at, manifest }) => {
      const parsed = parsers[manifest.kind as keyof typeof parsers](manifest);
      return parsed.ok ? [] : parsed.issues.map(({ path, message }) => `${at}: ${path}: ${message}`);
    });
    expect(issues).toEqual([]);
    const held = found.map(({ manifest }) => manifest.metadata.name);
    const refs = [...JSON.stringify(found).matchAll(/"(?:providerRef|imageRef|classRef)":\{"name":"([^"]+)"/g)];
    expect(refs.map(([, name]) => name).filter((name) => !held.includes(name ?? ''))).toEqual([]);
  });
});
