import type { z } from 'zod';
import { kinds, type KindName } from '../descriptor.ts';
import { providerSpec, providerStatus } from '../kinds/provider.ts';
import { virtualMachineStatus } from '../kinds/virtual-machine-status.ts';
import { virtualMachineRules, virtualMachineSpec } from '../kinds/virtual-machine.ts';
import { vmClassSpec } from '../kinds/vm-class.ts';
import { vmImageSpec, vmImageStatus } from '../kinds/vm-image.ts';
import { vmNetworkAttachmentSpec } from '../kinds/vm-network-attachment.ts';
import { VALIDATIONS, toValidationEntry, type TransitionRule } from '../schema/rule.ts';
import { printerColumns } from './printer-columns.ts';
import { structuralSchema, type SchemaNode } from './structural-schema.ts';

interface KindSchema {
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status?: z.ZodType;
  readonly rules?: readonly TransitionRule[];
}

/** The schemas of each kind, whence its CRD is made. */
export const kindSchemas: Readonly<Record<KindName, KindSchema>> = {
  Provider: {
    description: 'One hypervisor endpoint.',
    spec: providerSpec,
    status: providerStatus,
  },
  VirtualMachine: {
    description: 'One virtual machine.',
    spec: virtualMachineSpec,
    status: virtualMachineStatus,
    rules: virtualMachineRules,
  },
  VMClass: { description: 'A size that many virtual machines share.', spec: vmClassSpec },
  VMImage: {
    description: 'What virtual machines boot from, on each kind of hypervisor.',
    spec: vmImageSpec,
    status: vmImageStatus,
  },
  VMNetworkAttachment: {
    description: 'A network that virtual machines attach to, as each kind of hypervisor names it.',
    spec: vmNetworkAttachmentSpec,
  },
};

/** The OpenAPI schema of a whole object of a kind, the same in each version. */
export function objectSchema(kind: KindName): SchemaNode {
  const { description, spec, status, rules } = kindSchemas[kind];
  return {
    description,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structuralSchema(spec),
      ...(status === undefined ? {} : { status: structuralSchema(status) }),
    },
    ...(rules === undefined ? {} : { [VALIDATIONS]: rules.map(toValidationEntry) }),
  };
}

/** The CustomResourceDefinition of a kind, as an object that can be written as YAML or sent to an API server. */
export function customResourceDefinition(name: KindName) {
  const { kind, listKind, group, version, versions, plural, singular, shortNames, categories, hasStatus } = kinds[name];
  const openAPIV3Schema = objectSchema(name);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind, plural, singular, shortNames: [...shortNames], categories: [...categories] },
      conversion: { strategy: 'None' },
      versions: versions.map((served) => ({
        name: served,
        served: true,
        storage: served === version,
        ...(served === version
          ? {}
          : {
              deprecated: true,
              deprecationWarning: `${group}/${served} is an alias of ${group}/${version}: use that`,
            }),
        additionalPrinterColumns: [...printerColumns[name]],
        ...(hasStatus ? { subresources: { status: {} } } : {}),
        schema: { openAPIV3Schema },
      })),
    },
  };
}
