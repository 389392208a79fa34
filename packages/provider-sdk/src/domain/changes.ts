import type { DiskSpec, NicSpec, RootDisk } from './vm-spec.ts';

/** One thing that Reconfigure has to bring about; what it does not name is left alone. */
export type VmChange =
  | { readonly kind: 'Cpus'; readonly cpus: number; readonly maxCpus: number | undefined }
  | { readonly kind: 'Memory'; readonly memoryBytes: number; readonly maxMemoryBytes: number | undefined }
  | { readonly kind: 'Root'; readonly root: RootDisk }
  /** All data disks: one that is not listed is detached and kept. */
  | { readonly kind: 'Disks'; readonly disks: readonly DiskSpec[] }
  /** All NICs, in order. */
  | { readonly kind: 'Nics'; readonly nics: readonly NicSpec[] }
  | { readonly kind: 'Tags'; readonly tags: Readonly<Record<string, string>> };

export type VmChangeKind = VmChange['kind'];
