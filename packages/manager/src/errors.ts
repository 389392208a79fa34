/**
 * What went wrong in the manager itself: `PackageMissing`, `PackageInvalid`: the package of a provider type; `ProviderNotStarted`: its
 * program; `BadRuntimeDirectory`: it is not private; `StaleTerm`: another leader is newer; `NoCluster`: the API server has no
 * namespace that identifies it.
 */
export type ManagerErrorCode =
  'PackageMissing' | 'PackageInvalid' | 'ProviderNotStarted' | 'BadRuntimeDirectory' | 'StaleTerm' | 'NoCluster';

/** The one error of this package. */
export class ManagerError extends Error {
  override readonly name = 'ManagerError';
  readonly code: ManagerErrorCode;

  constructor(code: ManagerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
