import { describe, expect, it } from '@jest/globals';
import { kinds } from '../descriptor.ts';
import { ConditionType } from './condition-type.ts';
import { Reason } from './reason.ts';
import { conditionTable, reasonTraits, type ReasonTraits } from './table.ts';

const rows = Object.entries(conditionTable).flatMap(([kind, conditions]) =>
  Object.entries(conditions as Record<string, Record<string, ReasonTraits>>).map(([type, reasons]) => ({
    kind,
    type,
    reasons,
  })),
);

describe('the table of conditions', () => {
  it('has every kind that has a status', () => {
    const withStatus = Object.values(kinds).filter(({ hasStatus }) => hasStatus);
    expect(Object.keys(conditionTable).sort()).toEqual(withStatus.map(({ kind }) => kind).sort());
  });

  it('uses every reason and every type that there is', () => {
    const used = new Set(['PausedByAnnotation', ...rows.flatMap(({ reasons }) => Object.keys(reasons))]);
    expect([...used].sort()).toEqual(Object.keys(Reason).sort());
    const types = new Set(['Paused', 'Reconciling', 'Stalled', ...rows.map(({ type }) => type)]);
    expect([...types].sort()).toEqual(Object.keys(ConditionType).sort());
  });

  it.each(rows)('has a way for $type of $kind to be met, and never stalls by choice', ({ reasons }) => {
    const traits = Object.values(reasons);
    expect(traits.some(({ status }) => status === 'True')).toBe(true);
    expect(traits.filter(({ stalled, byChoice }) => stalled && byChoice)).toEqual([]);
    expect(traits.filter(({ status, stalled, byChoice }) => status !== 'False' && (stalled || byChoice))).toEqual([]);
  });

  it('tells what waits for a person from what is tried again', () => {
    expect(reasonTraits('VirtualMachine', 'Provisioned', 'NameTaken').stalled).toBe(true);
    expect(reasonTraits('VirtualMachine', 'Provisioned', 'ImageMissing').stalled).toBe(false);
    expect(reasonTraits('VirtualMachine', 'ConfigurationApplied', 'RestartRequired').byChoice).toBe(true);
  });
});
