import { Annotation } from '@virtrigaud/api-types';
import { objectKey, type IndexFunction, type ObjectKey } from '@virtrigaud/kube-runtime';
import type { BoundVm } from '../provider/observe.ts';
import type { RawObject } from './resources.ts';

/** The parts of a VirtualMachine that lookups need; read with care, since the object is not checked. */
interface LooseVm {
  readonly spec?: {
    readonly providerRef?: LooseRef;
    readonly imageRef?: LooseRef;
    readonly classRef?: LooseRef;
    readonly networks?: readonly { readonly name?: string; readonly networkRef?: LooseRef }[];
  };
  readonly status?: {
    readonly id?: string;
    readonly phase?: string;
    readonly binding?: {
      readonly providerRef: { readonly name: string; readonly namespace: string };
      readonly providerUID: string;
      readonly hypervisorID?: string;
    };
    readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
  };
}

interface LooseRef {
  readonly name?: string;
  readonly namespace?: string;
}

/** Names of the indexes over VirtualMachines. */
export const VmIndex = {
  Uid: 'uid',
  Provider: 'provider',
  Bound: 'bound',
  /** Bound, ready once, and not being deleted: whose absence has to be explained. */
  Expected: 'expected',
  Image: 'image',
  Class: 'class',
  Network: 'network',
  Namespace: 'namespace',
  TakeOver: 'take-over',
} as const;

const loose = (vm: RawObject) => vm as unknown as LooseVm;

function keyOf(vm: RawObject, ref: LooseRef | undefined): readonly ObjectKey[] {
  return ref?.name === undefined
    ? []
    : [objectKey({ namespace: ref.namespace ?? vm.metadata.namespace, name: ref.name })];
}

/** The Provider in whose lane a VM is worked: the bound one, else the named one. */
export function providerOf(vm: RawObject): ObjectKey | undefined {
  const binding = loose(vm).status?.binding;
  return binding ? objectKey(binding.providerRef) : keyOf(vm, loose(vm).spec?.providerRef)[0];
}

/** Finds VirtualMachines by what they refer to. */
export const vmIndexes: Readonly<Record<string, IndexFunction<RawObject>>> = {
  [VmIndex.Uid]: (vm) => (vm.metadata.uid === undefined ? [] : [vm.metadata.uid]),
  [VmIndex.Provider]: (vm) => [...new Set([...boundTo(vm), ...keyOf(vm, loose(vm).spec?.providerRef)])],
  [VmIndex.Bound]: boundTo,
  [VmIndex.Expected]: (vm) =>
    loose(vm).status?.id === undefined || vm.metadata.deletionTimestamp !== undefined ? [] : boundTo(vm),
  [VmIndex.Image]: (vm) => keyOf(vm, loose(vm).spec?.imageRef),
  [VmIndex.Class]: (vm) => keyOf(vm, loose(vm).spec?.classRef),
  [VmIndex.Network]: (vm) =>
    (loose(vm).spec?.networks ?? []).flatMap(({ name, networkRef }) =>
      keyOf(vm, networkRef ?? (name === undefined ? undefined : { name })),
    ),
  [VmIndex.Namespace]: (vm) => [vm.metadata.namespace ?? ''],
  [VmIndex.TakeOver]: (vm) => {
    const uid = vm.metadata.annotations?.[Annotation.TakeOver];
    return uid === undefined ? [] : [uid];
  },
};

function boundTo(vm: RawObject): readonly ObjectKey[] {
  const binding = loose(vm).status?.binding;
  return binding ? [objectKey(binding.providerRef)] : [];
}

/** Whether a VM still waits for its image. */
export function awaitsImage(vm: RawObject): boolean {
  return loose(vm).status?.id === undefined && vm.metadata.deletionTimestamp === undefined;
}

/** A bound VM, as its Provider sees it; undefined: not bound. */
export function asBoundVm(vm: RawObject): BoundVm | undefined {
  const binding = loose(vm).status?.binding;
  return (
    binding && {
      key: objectKey(vm.metadata),
      uid: vm.metadata.uid ?? '',
      deleting: vm.metadata.deletionTimestamp !== undefined,
      wasReady: loose(vm).status?.id !== undefined,
      vanished: loose(vm).status?.conditions?.some(({ reason }) => reason === 'Vanished') ?? false,
      binding,
    }
  );
}

/** Phase and reason of a VM, for counting. */
export function phaseAndReason(vm: RawObject): { readonly phase: string; readonly reason: string } {
  const { phase, conditions } = loose(vm).status ?? {};
  return { phase: phase ?? 'Pending', reason: conditions?.find(({ type }) => type === 'Ready')?.reason ?? 'Pending' };
}
