/**
 * A resourceVersion as a number, since one resource's versions grow with time (KEP-5504); undefined if the server's are
 * not numbers.
 */
export function versionNumber(version: string | undefined): bigint | undefined {
  return version !== undefined && /^\d{1,40}$/.test(version) ? BigInt(version) : undefined;
}
