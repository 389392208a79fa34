import { describe, expect, it } from '@jest/globals';
import { ApiError } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';
import { rowPrinter } from '../commands/watch-table.ts';
import { age } from './age.ts';
import { columns } from './columns.ts';
import { describeObject } from './describe-object.ts';
import { failureLine, refusalOf } from './failure.ts';
import { headerOf, rowsOf } from './server-table.ts';

const now = new Date('2026-01-02T00:00:00Z');

describe('columns', () => {
  it('are as wide as their widest cell, the last one unpadded', () => {
    expect(
      columns([
        ['A', 'B', 'C'],
        ['long', '', 'x'],
        ['s', 'm', ''],
      ]),
    ).toBe('A      B   C\nlong       x\ns      m\n');
  });

  it('are as wide as they were', () => expect(columns([['a', 'b']], [4])).toBe('a      b\n'));
});

describe('age', () => {
  it.each([
    ['2026-01-01T23:59:55Z', '5s'],
    ['2026-01-01T23:58:01Z', '119s'],
    ['2026-01-01T23:57:00Z', '3m'],
    ['2026-01-01T20:00:00Z', '4h'],
    ['2025-12-20T00:00:00Z', '13d'],
    ['2026-01-03T00:00:00Z', '0s'],
    ['', '<unknown>'],
    [undefined, '<unknown>'],
  ])('of %p is %s', (since, text) => expect(age(since, now)).toBe(text));
});

describe('a table of the server', () => {
  const table = {
    columnDefinitions: [{ name: 'Name' }, { name: 'Phase', priority: 0 }, { name: 'Host', priority: 1 }],
    rows: [{ cells: ['a', null, 7], object: { metadata: { name: 'a', namespace: 'ns' } } }],
  };

  it('shows what is asked for', () => {
    const usual = { columns: 'usual', namespaces: 'hidden' } as const;
    expect([headerOf(table, usual), ...rowsOf(table, usual)]).toEqual([
      ['NAME', 'PHASE'],
      ['a', '<none>'],
    ]);
    const all = { columns: 'wide', namespaces: 'shown', prefix: 'vm' } as const;
    expect([headerOf(table, all), ...rowsOf(table, all)]).toEqual([
      ['NAMESPACE', 'NAME', 'PHASE', 'HOST'],
      ['ns', 'vm/a', '<none>', '7'],
    ]);
  });

  it('is watched without saying a thing twice', () => {
    const printed: string[] = [];
    const printer = rowPrinter((text) => printed.push(text));
    printer.header(['NAME', 'PHASE', 'AGE'], [['a', 'Pending', '1s']]);
    printer.rows([['a', 'Pending', '2s']]);
    printer.rows([['a', 'Running', '3s']]);
    printer.rows([['a', 'Pending', '4s']]);
    expect(printed).toEqual([
      'NAME   PHASE     AGE\na      Pending   1s\n',
      'a      Running   3s\n',
      'a      Pending   4s\n',
    ]);
  });
});

describe('describeObject', () => {
  it('shows names, what is asked, what is, conditions and events in their order', () => {
    const condition = {
      type: 'Ready',
      status: 'False',
      reason: 'Creating',
      message: 'm',
      lastTransitionTime: '2026-01-01T23:59:00Z',
    };
    const object = {
      apiVersion: 'infra.virtrigaud.io/v1beta1',
      kind: 'VirtualMachine',
      metadata: {
        name: 'a',
        namespace: 'ns',
        creationTimestamp: '2026-01-01T23:00:00Z',
        deletionTimestamp: '2026-01-01T23:59:50Z',
        finalizers: ['f'],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', own: 'x' },
      },
      spec: { powerState: 'On' },
      status: { phase: 'Pending', conditions: [condition] },
    };
    const events = [
      { type: 'Warning', reason: 'Late', message: 'second', lastTimestamp: '2026-01-01T23:59:58Z', count: 3 },
      { type: 'Normal', reason: 'Early', note: 'first', eventTime: '2026-01-01T23:58:00Z' },
    ];
    expect(describeObject(object, { events, now })).toBe(`Name:          a
Namespace:     ns
Kind:          VirtualMachine (infra.virtrigaud.io/v1beta1)
Age:           60m
Deleted:       10s ago, waits for f
Annotations:   own=x
Spec:
  powerState: "On"
Status:
  phase: Pending
Conditions:
  TYPE    STATUS   REASON     SINCE   MESSAGE
  Ready   False    Creating   60s     m
Events:
  TYPE      REASON   AGE       MESSAGE
  Normal    Early    2m        first
  Warning   Late     2s (x3)   second
`);
  });
});

describe('a failure', () => {
  const invalid = new ApiError('Status', 'long', {
    status: 422,
    causes: [{ field: 'spec.cpu', message: 'too\nmany' }, { message: 'x' }],
  });

  it('is one line', () => {
    expect(failureLine(invalid)).toBe('spec.cpu: too many; x');
    expect(failureLine(new CliError('BadInput', 'bad'))).toBe('bad');
    expect(failureLine(new ApiError('Cancelled', 'x'))).toBe('interrupted');
    expect(failureLine(new ApiError('Status', 'a\n b', { status: 500 }))).toBe('a b');
  });

  it('of ours keeps its stack', () => expect(failureLine(new TypeError('bug'))).toBeUndefined());

  it.each([401, 500, 503])('of the whole server (%d) is not about one object', (status) =>
    expect(refusalOf(new ApiError('Status', 'm', { status }))).toBeUndefined(),
  );
});
