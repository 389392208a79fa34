import { describe, expect, it } from '@jest/globals';
import { parseManifests } from './parse-manifests.ts';

const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n';

describe('parseManifests', () => {
  it('reads each document, and says where it stands', () => {
    const found = parseManifests(`---\n${secret}---\n# nothing\n---\n${secret}`, 'f.yaml');
    expect(found.map(({ at }) => at)).toEqual(['f.yaml:2', 'f.yaml:8']);
  });

  it('reads JSON, and the items of a list', () => {
    const item = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } };
    const list = { apiVersion: 'v1', kind: 'List', items: [item, item] };
    expect(parseManifests(JSON.stringify(list), 'f.json').map(({ manifest }) => manifest)).toEqual([item, item]);
  });

  it('reads YAML as kubectl does: On is true, 0o17 is text, merges are merged', () => {
    const [found] = parseManifests(`${secret}x: On\ny: &y {a: 1}\nz: {<<: *y, b: 2}\n`, 'f.yaml');
    expect(found?.manifest).toMatchObject({ x: true, z: { a: 1, b: 2 } });
  });

  it.each(['', '---\n', '# nothing\n'])('finds nothing in %p', (text) => {
    expect(parseManifests(text, 'f.yaml')).toEqual([]);
  });

  it.each([
    { text: 'a: 1\na: 2\n', message: /^f\.yaml:2:1: bad YAML: Map keys must be unique/ },
    { text: 'a: [1\n', message: /^f\.yaml:2:1: bad YAML: / },
    { text: `${secret}---\n\tb: 1\n`, message: /^f\.yaml:5:\d: bad YAML: / },
    { text: 'text\n', message: 'f.yaml:1: is not an object: begin with apiVersion and kind' },
    { text: '\nkind: Secret\n', message: 'f.yaml:2: has no apiVersion' },
    { text: 'apiVersion: v1\n', message: 'f.yaml:1: has no kind' },
    { text: 'apiVersion: v1\nkind: Secret\n', message: 'f.yaml:1: Secret has no metadata.name' },
    {
      text: 'apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: 7}\n',
      message: 'f.yaml:1: Secret a: metadata.namespace is not text',
    },
  ])('says in one line what is wrong with $text', ({ text, message }) => {
    expect(() => parseManifests(text, 'f.yaml')).toThrow(message);
    expect(() => parseManifests(text, 'f.yaml')).toThrow(/^[^\n]*$/);
  });
});
