/** What both doors give out beside the messages. */
export { classify, countsForBreaker } from './errors/classify.ts';
export type { FailureClass } from './errors/classify.ts';
export { ContractError } from './errors/contract-error.ts';
export type { ContractErrorInit, FieldViolation } from './errors/contract-error.ts';
export { Code, ERROR_DOMAIN, Reason } from './errors/reason.ts';
export { CONTRACT_REVISION, HealthName, MetadataKey } from './revision.ts';
