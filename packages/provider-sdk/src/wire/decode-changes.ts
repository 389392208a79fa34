import type { VmChange } from '../domain/changes.ts';
import type { VmSpec } from '../domain/vm-spec.ts';
import { invalidField } from '../provider-error.ts';

const changeOf: Readonly<Record<string, (desired: VmSpec) => VmChange>> = {
  'compute.cpus': ({ compute }) => ({ kind: 'Cpus', cpus: compute.cpus, maxCpus: compute.maxCpus }),
  'compute.memory_bytes': ({ compute }) => ({
    kind: 'Memory',
    memoryBytes: compute.memoryBytes,
    maxMemoryBytes: compute.maxMemoryBytes,
  }),
  root: ({ root }) => ({ kind: 'Root', root }),
  disks: ({ disks }) => ({ kind: 'Disks', disks }),
  nics: ({ nics }) => {
    // Unset means the provider's default, which is known at creation alone; none at all is an empty list.
    if (!nics) throw invalidField('desired.nics', 'must be set when the update mask names it: an empty list for none');
    return { kind: 'Nics', nics };
  },
  tags: ({ tags }) => ({ kind: 'Tags', tags }),
};

/** Turns an update mask into the changes that it stands for. Throws InvalidArgument for a path that cannot be changed. */
export function decodeChanges(paths: readonly string[], desired: VmSpec): readonly VmChange[] {
  if (paths.length === 0) throw invalidField('update_mask', 'names nothing to change');
  return [...new Set(paths)].map((path) => {
    const change = changeOf[path];
    if (!change)
      throw invalidField('update_mask', `"${path}" cannot be changed; paths: ${Object.keys(changeOf).join(', ')}`);
    return change(desired);
  });
}
