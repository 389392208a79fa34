export { withServedProvider } from './with-served-provider.ts';
export type { ServedProvider } from './with-served-provider.ts';
export { aCreateRequest, aMutation, anOwner, aSpec } from './requests.ts';
