export { GROUP, VERSION, VERSIONS, API_VERSION, type ObjectMeta } from './schema/object.ts';
export type { Ref, LabelSelector } from './schema/reference.ts';
export type { Condition } from './schema/status.ts';
export {
  providerObject,
  type Provider,
  type ProviderInput,
  type ProviderSpec,
  type ProviderStatus,
} from './kinds/provider.ts';
export {
  virtualMachineObject,
  type VirtualMachine,
  type VirtualMachineInput,
  type VirtualMachineSpec,
  type VirtualMachineDisk,
  type VirtualMachineNetwork,
} from './kinds/virtual-machine.ts';
export type { VirtualMachineStatus } from './kinds/virtual-machine-status.ts';
export type { GuestDataSource } from './kinds/guest-data.ts';
export { vmClassObject, type VMClass, type VMClassInput, type VMClassSpec } from './kinds/vm-class.ts';
export {
  vmImageObject,
  type VMImage,
  type VMImageInput,
  type VMImageSpec,
  type VMImageStatus,
} from './kinds/vm-image.ts';
export {
  vmNetworkAttachmentObject,
  type VMNetworkAttachment,
  type VMNetworkAttachmentInput,
  type VMNetworkAttachmentSpec,
} from './kinds/vm-network-attachment.ts';
export {
  parseProvider,
  parseVirtualMachine,
  parseVMClass,
  parseVMImage,
  parseVMNetworkAttachment,
  type Issue,
  type Parsed,
} from './parse.ts';
export { parseVirtualMachineAgain, type Earlier } from './parse-again.ts';
export { kinds, type KindDescriptor, type KindName } from './descriptor.ts';
export { customResourceDefinition } from './crd/custom-resource-definition.ts';
export { ConditionType } from './conditions/condition-type.ts';
export { Reason } from './conditions/reason.ts';
export {
  conditionTable,
  reasonTraits,
  type ConditionedKind,
  type ConditionTypeOf,
  type ReasonOf,
  type ReasonTraits,
} from './conditions/table.ts';
export { eventTypes, type EventReason } from './events.ts';
export { Annotation, Finalizer, Label, releasedUids } from './names.ts';
export { parseSizeBytes, formatSize, memoryBytes, diskBytes } from './quantity.ts';
export { parseDurationMs } from './duration.ts';
