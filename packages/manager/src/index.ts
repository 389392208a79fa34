export { createManager } from './manager.ts';
export type { Manager, ManagerOptions } from './manager.ts';
export type { ManagerPorts } from './leading/manager-ports.ts';
export { findProviderPackage } from './hosting/find-provider-package.ts';
export type { PackageSearch } from './hosting/find-provider-package.ts';
export { ManagerError } from './errors.ts';
export type { ManagerErrorCode } from './errors.ts';
