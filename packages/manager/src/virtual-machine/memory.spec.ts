import { describe, expect, it } from '@jest/globals';
import { Finalizer } from '@virtrigaud/api-types';
import { Code } from '@virtrigaud/grpc-contract/client';
import { anObservation, uid } from '../testing/builders.ts';
import { contractError } from '../testing/scripted-provider.ts';
import { failureOf } from '../transport/failure.ts';
import { VmMemory } from './memory.ts';

describe('VmMemory', () => {
  const refused = failureOf('Finalizer', 'read', contractError(Code.PERMISSION_DENIED));

  it.each([
    { because: 'it is there', metadata: { finalizers: [Finalizer.VirtualMachine] }, remembered: [] },
    { because: 'it is not there', metadata: { finalizers: [] }, remembered: ['Finalizer'] },
    {
      because: 'it is to go',
      metadata: { finalizers: [Finalizer.VirtualMachine], deletionTimestamp: '2026-01-02T03:04:05Z' },
      remembered: ['Finalizer'],
    },
  ])('P37 remembers of a finalizer that was refused $remembered, as $because', ({ metadata, remembered }) => {
    const memory = new VmMemory();
    const seen = anObservation({ metadata });
    memory.failed(seen, 'Finalizer', { operationId: '', failure: refused });
    expect(Object.keys(memory.tidy(seen).attempts)).toEqual(remembered);
    expect(Object.keys(memory.get(uid).attempts)).toEqual(remembered);
  });
});
