import { describe, expect, it } from '@jest/globals';
import { VirtualMachineSpec } from '@virtrigaud/grpc-contract/server';
import { decodeChanges } from './decode-changes.ts';
import { decodeSpec } from './decode-spec.ts';

const compute = { cpus: 2, memoryBytes: 1024n ** 3n, maxCpus: 4 };
const bare = decodeSpec(VirtualMachineSpec.fromPartial({ name: 'default.web', compute }), 'desired');

describe('decodeChanges', () => {
  it('turns each path into its change, and a path named twice into one', () => {
    const spec = decodeSpec(
      VirtualMachineSpec.fromPartial({
        name: 'default.web',
        compute,
        disks: [{ name: 'data', sizeBytes: 5n }],
        nics: { items: [{ name: 'lan' }] },
        tags: { a: 'b' },
      }),
      'desired',
    );
    const paths = ['compute.cpus', 'compute.memory_bytes', 'root', 'disks', 'nics', 'tags', 'tags'];
    expect(decodeChanges(paths, spec)).toMatchObject([
      { kind: 'Cpus', cpus: 2, maxCpus: 4 },
      { kind: 'Memory', memoryBytes: 1024 ** 3, maxMemoryBytes: undefined },
      { kind: 'Root', root: { sizeBytes: undefined } },
      { kind: 'Disks', disks: [{ name: 'data', sizeBytes: 5 }] },
      { kind: 'Nics', nics: [{ name: 'lan' }] },
      { kind: 'Tags', tags: { a: 'b' } },
    ]);
  });

  it.each([
    { because: 'an empty mask changes nothing', paths: [], field: 'update_mask' },
    { because: 'firmware is fixed at creation', paths: ['compute.firmware'], field: 'update_mask' },
    { because: 'unset NICs mean the default of a new VM, not "none"', paths: ['nics'], field: 'desired.nics' },
  ])('refuses $paths because $because', ({ paths, field }) => {
    expect(() => decodeChanges(paths, bare)).toThrow(
      expect.objectContaining({ reason: 'INVALID_FIELD', fieldViolations: [expect.objectContaining({ field })] }),
    );
  });
});
