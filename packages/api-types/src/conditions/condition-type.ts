/** Every type of condition that our kinds have. */
export const ConditionType = {
  Ready: 'Ready',
  ProviderAvailable: 'ProviderAvailable',
  Provisioned: 'Provisioned',
  PowerStateReached: 'PowerStateReached',
  ConfigurationApplied: 'ConfigurationApplied',
  RuntimeReady: 'RuntimeReady',
  TLSReady: 'TLSReady',
  Connected: 'Connected',
  CompatibleContract: 'CompatibleContract',
  CredentialsValid: 'CredentialsValid',
  InventoryComplete: 'InventoryComplete',
  Healthy: 'Healthy',
  Paused: 'Paused',
  Reconciling: 'Reconciling',
  Stalled: 'Stalled',
} as const;

/** The type of a condition. */
export type ConditionType = (typeof ConditionType)[keyof typeof ConditionType];
