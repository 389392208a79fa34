import { describe, expect, it } from '@jest/globals';
import { negotiateShape, wantsAggregatedDiscovery } from './negotiate.ts';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const noQuery = new URLSearchParams();

describe('negotiateShape', () => {
  it.each([
    [undefined, 'object'],
    ['*/*', 'object'],
    [`${table},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, 'table'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'object'],
    [`application/json,${table}`, 'object'],
    [
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
      'metadata',
    ],
    ['application/vnd.kubernetes.protobuf,application/json', 'object'],
  ])('reads %s as %s', (accept, kind) => {
    expect(negotiateShape(accept, noQuery).kind).toBe(kind);
  });
});

describe('wantsAggregatedDiscovery', () => {
  it.each([
    ['application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json', true],
    [
      'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json',
      true,
    ],
    ['application/json', false],
    [undefined, false],
  ])('reads %s as %s', (accept, expected) => {
    expect(wantsAggregatedDiscovery(accept)).toBe(expected);
  });
});
