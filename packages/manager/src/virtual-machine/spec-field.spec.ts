import { describe, expect, it } from '@jest/globals';
import { specField, specValue } from './spec-field.ts';

describe('what the contract calls otherwise', () => {
  it.each([
    ['compute.cpus', '2', 'spec.resources.cpu', '2'],
    ['compute.memory_bytes', '2147483648', 'spec.resources.memory', '2Gi'],
    ['root', '1048576', 'spec.rootDisk.size', '1Mi'],
    ['disks', 'data=1073741824', 'spec.disks', 'data=1Gi'],
    ['disks', 'none', 'spec.disks', 'none'],
    ['nics', 'lan mac 02:00', 'spec.networks', 'lan mac 02:00'],
    ['extra.thing', '7', 'extra.thing', '7'],
  ])('%s %s is the user’s %s %s', (path, value, field, shown) => {
    expect([specField(path), specValue(path, value)]).toEqual([field, shown]);
  });
});
