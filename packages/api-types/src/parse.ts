import type { z } from 'zod';
import { providerObject, type Provider } from './kinds/provider.ts';
import { virtualMachineObject, type VirtualMachine } from './kinds/virtual-machine.ts';
import { vmClassObject, type VMClass } from './kinds/vm-class.ts';
import { vmImageObject, type VMImage } from './kinds/vm-image.ts';
import { vmNetworkAttachmentObject, type VMNetworkAttachment } from './kinds/vm-network-attachment.ts';

/** One thing that is wrong with an object. */
export interface Issue {
  /** The field, as Kubernetes writes it: `spec.disks[0].size`; empty for the object itself. */
  readonly path: string;
  /** What is wrong, and what would be right. */
  readonly message: string;
}

/** The object with its defaults, or what is wrong with it. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly Issue[] };

const fieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');

function issuesOf(error: z.ZodError): readonly Issue[] {
  return error.issues.flatMap((issue) => {
    const path = fieldPath(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({
      path: fieldPath([...issue.path, key]),
      message: 'is not a field of this object',
    }));
  });
}

function parser<S extends z.ZodType>(schema: S): (object: unknown) => Parsed<z.output<S>> {
  return (object) => {
    const result = schema.safeParse(object);
    return result.success ? { ok: true, value: result.data } : { ok: false, issues: issuesOf(result.error) };
  };
}

/** Checks a Provider and fills in its defaults. Unknown fields of `spec` are issues; those of `status` are left out. */
export const parseProvider: (object: unknown) => Parsed<Provider> = parser(providerObject);
/** Checks a VirtualMachine and fills in its defaults. Rules over changes are the API server's. */
export const parseVirtualMachine: (object: unknown) => Parsed<VirtualMachine> = parser(virtualMachineObject);
/** Checks a VMClass and fills in its defaults. */
export const parseVMClass: (object: unknown) => Parsed<VMClass> = parser(vmClassObject);
/** Checks a VMImage and fills in its defaults. */
export const parseVMImage: (object: unknown) => Parsed<VMImage> = parser(vmImageObject);
/** Checks a VMNetworkAttachment and fills in its defaults. */
export const parseVMNetworkAttachment: (object: unknown) => Parsed<VMNetworkAttachment> =
  parser(vmNetworkAttachmentObject);
