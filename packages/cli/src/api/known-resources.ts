import { kinds } from '@virtrigaud/api-types';
import type { ApiResource } from './api-resource.ts';

const core = (kind: string, own: Pick<ApiResource, 'plural' | 'shortNames' | 'namespaced'>): ApiResource => ({
  group: '',
  version: 'v1',
  kind,
  singular: kind.toLowerCase(),
  categories: [],
  ...own,
});

/** Events, as every API server of ours and of others has them. */
export const events = core('Event', { plural: 'events', shortNames: ['ev'], namespaced: true });

/** What need not be asked for: the kinds of VirtRigaud, and what its examples use of Kubernetes' own. */
export const knownResources: readonly ApiResource[] = [
  ...Object.values(kinds),
  core('Namespace', { plural: 'namespaces', shortNames: ['ns'], namespaced: false }),
  core('Secret', { plural: 'secrets', shortNames: [], namespaced: true }),
  core('ConfigMap', { plural: 'configmaps', shortNames: ['cm'], namespaced: true }),
  events,
];
