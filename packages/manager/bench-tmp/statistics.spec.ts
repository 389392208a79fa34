import { describe, expect, it } from '@jest/globals';
import { counted, countsOf, percentile, rounded, total } from './statistics.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    { because: 'half of all are not above it', samples: hundred, share: 0.5, expected: 50 },
    { because: 'one of a hundred is above it', samples: hundred, share: 0.99, expected: 99 },
    { because: 'the largest is a measured one', samples: hundred, share: 1, expected: 100 },
    { because: 'of few samples the 99th percentile is the largest', samples: [7, 3, 5], share: 0.99, expected: 7 },
    { because: 'numbers are not sorted as text', samples: [9, 10, 100], share: 0.5, expected: 10 },
    { because: 'one sample is every percentile', samples: [4], share: 0, expected: 4 },
  ])('answers $expected because $because', ({ samples, share, expected }) => {
    expect(percentile(samples, share)).toBe(expected);
  });

  it('refuses to speak of no samples', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});

describe('countsOf', () => {
  const exposition = [
    '# TYPE rest_client_requests_total counter',
    'rest_client_requests_total{method="PATCH",host="127.0.0.1:1",code="200"} 3',
    'rest_client_requests_total{method="PATCH",host="127.0.0.1:1",code="409"} 2',
    'rest_client_requests_total{host="127.0.0.1:1",method="GET",code="200"} 10',
    'rest_client_requests_total_more{method="GET"} 99',
  ].join('\n');

  it('adds up what differs in other labels', () => {
    expect(countsOf(exposition, 'rest_client_requests_total', 'method')).toEqual({ PATCH: 5, GET: 10 });
  });

  it('finds nothing of a metric that is not there', () => {
    expect(countsOf(exposition, 'grpc_client_handled_total', 'grpc_method')).toEqual({});
  });

  it('does not take the end of a label for a label', () => {
    expect(countsOf('a{grpc_method="Create"} 1', 'a', 'method')).toEqual({});
  });
});

describe('counted', () => {
  it('leaves out what did not happen, and knows what is new', () => {
    expect(counted({ GET: 4, PATCH: 1 }, { GET: 4, PATCH: 6, POST: 2 })).toEqual({ PATCH: 5, POST: 2 });
  });
});

describe('total', () => {
  it.each([
    { names: undefined, expected: 7 },
    { names: ['PATCH', 'PUT'], expected: 5 },
  ])('of $names is $expected', ({ names, expected }) => {
    expect(total({ PATCH: 5, GET: 2 }, names)).toBe(expected);
  });
});

describe('rounded', () => {
  it('keeps two digits unless told otherwise', () => {
    expect([rounded(1.236), rounded(12.34, 0)]).toEqual([1.24, 12]);
  });
});
