import { CONTRACT_REVISION, type GetProviderInfoResponse } from '@virtrigaud/grpc-contract/client';
import type { Agreement } from './connection-state.ts';

/** Judges a provider's answer to GetProviderInfo. Pure. */
export function judgeAgreement(info: GetProviderInfoResponse, expectedType: string): Agreement {
  if (info.type !== expectedType) {
    return { kind: 'TypeMismatch', why: `it serves ${info.type}, but spec.type is ${expectedType}` };
  }
  if (info.contractMin > CONTRACT_REVISION || info.contractMax < CONTRACT_REVISION) {
    const range = `${String(info.contractMin)} to ${String(info.contractMax)}`;
    return {
      kind: 'Incompatible',
      why: `it speaks revisions ${range} of the contract, the manager ${String(CONTRACT_REVISION)}; upgrade one side`,
    };
  }
  return { kind: 'Compatible', revision: CONTRACT_REVISION };
}
