import { describe, expect, it } from '@jest/globals';
import { isGranted } from './grants.ts';

const provider = (selector?: object) => ({
  metadata: { namespace: 'infra' },
  spec: selector ? { consumerNamespaceSelector: selector } : {},
});
const consumer = (labels: Record<string, string> = {}, namespace = 'shop') => ({ namespace, labels });

describe('isGranted', () => {
  it.each([
    { because: 'its own namespace always may', object: provider(), who: consumer({}, 'infra'), granted: true },
    { because: 'others may not by default', object: provider(), who: consumer(), granted: false },
    { because: 'an empty selector opens it to all', object: provider({}), who: consumer(), granted: true },
    {
      because: 'a label matches',
      object: provider({ matchLabels: { t: 'a' } }),
      who: consumer({ t: 'a' }),
      granted: true,
    },
    {
      because: 'a label differs',
      object: provider({ matchLabels: { t: 'a' } }),
      who: consumer({ t: 'b' }),
      granted: false,
    },
    {
      because: 'In',
      object: provider({ matchExpressions: [{ key: 't', operator: 'In', values: ['a'] }] }),
      who: consumer({ t: 'a' }),
      granted: true,
    },
    {
      because: 'NotIn takes those without the label',
      object: provider({ matchExpressions: [{ key: 't', operator: 'NotIn', values: ['a'] }] }),
      who: consumer(),
      granted: true,
    },
    {
      because: 'Exists',
      object: provider({ matchExpressions: [{ key: 't', operator: 'Exists' }] }),
      who: consumer(),
      granted: false,
    },
    {
      because: 'DoesNotExist',
      object: provider({ matchExpressions: [{ key: 't', operator: 'DoesNotExist' }] }),
      who: consumer({ t: 'a' }),
      granted: false,
    },
    {
      because: 'all terms count',
      object: provider({ matchLabels: { t: 'a' }, matchExpressions: [{ key: 'u', operator: 'Exists' }] }),
      who: consumer({ t: 'a' }),
      granted: false,
    },
  ] as const)('$granted because $because', ({ object, who, granted }) => {
    expect(isGranted(object as Parameters<typeof isGranted>[0], who)).toBe(granted);
  });
});
