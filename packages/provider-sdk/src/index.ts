export { defineProvider } from './define/define-provider.ts';
export { stamp, stampOf, withoutStamp } from './define/definition.ts';
export type { EffectCall, NewSize, ProviderDefinition, VmMethods } from './define/definition.ts';
export { poll, watch } from './define/inventory-sources.ts';
export type { InventorySource } from './define/inventory-sources.ts';
export { implementProvider } from './implement-provider.ts';
export type { Provider } from './implement-provider.ts';
export type {
  Accepted,
  AdoptVm,
  AnyImplementation,
  CallContext,
  ConnectContext,
  CreateVm,
  CredentialsOf,
  DeleteVm,
  HypervisorInfo,
  InventorySink,
  ListContext,
  MutationContext,
  PowerOperation,
  PowerVm,
  PreparedImage,
  ProviderImplementation,
  ReconfigureVm,
  ValidateProvider,
  Validation,
} from './implementation.ts';
export type { CapabilityName, Feature } from './domain/capability.ts';
export type { VmChange, VmChangeKind } from './domain/changes.ts';
export { ownershipOf } from './domain/owner.ts';
export type { Owner, Stamp } from './domain/owner.ts';
export type { Task, TaskContext, TaskFailure, TaskStart } from './domain/task.ts';
export type {
  BootSource,
  Compute,
  DiskSpec,
  GuestInit,
  ImageSource,
  NicSpec,
  Placement,
  Provisioning,
  ResourceLimits,
  RootDisk,
  StaticAddress,
  VmSpec,
} from './domain/vm-spec.ts';
export type { DiskState, Drift, NicState, PowerReason, PowerState, VmState } from './domain/vm-state.ts';
export {
  capabilityMissing,
  credentialsRejected,
  dependencyMissing,
  hypervisorUnreachable,
  imageAbsent,
  invalidField,
  nameTaken,
  outOfCapacity,
  ProviderError,
  restartRequired,
  vmAbsent,
} from './provider-error.ts';
export type { ProviderErrorCode, ProviderErrorInit } from './provider-error.ts';
export { Reason } from '@virtrigaud/grpc-contract/server';
export type { FieldViolation } from '@virtrigaud/grpc-contract/server';
export { createLogger, createMemoryLogger } from '@virtrigaud/service-kit';
export type {
  CredentialSource,
  HealthCheckOptions,
  HostedProvider,
  Listen,
  Logger,
  LogFields,
  RunningProvider,
  ServeOptions,
} from '@virtrigaud/service-kit';
export { serveProvider } from './serve/serve-provider.ts';
export type { ServingProvider } from './serve/serve-provider.ts';
export { fileCredentials, noCredentials } from './serve/file-credentials.ts';
export { runProviderMain } from './serve/run-provider-main.ts';
export type { ProgramContext } from './serve/run-provider-main.ts';
