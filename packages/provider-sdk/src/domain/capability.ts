/** What a provider can do and no method shows. Each is exercised by the conformance checks. */
export type Feature =
  | 'ReconfigureOnlineCPU'
  | 'ReconfigureOnlineMemory'
  | 'DiskGrowOnline'
  | 'DiskHotplug'
  | 'NicHotplug'
  | 'GracefulShutdown'
  | 'Suspend'
  | 'CloudInit'
  | 'Ignition';

/** All that GetProviderInfo may list: features, and what the methods that are there show. */
export type CapabilityName = Feature | 'ImagePrepare' | 'Adopt';
