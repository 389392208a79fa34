import { describe, expect, it } from '@jest/globals';
import { widgetCrd } from '../testing/widget-crd.ts';
import { loadCrds } from './load-crds.ts';

describe('loadCrds', () => {
  it('reads several documents of a text', () => {
    const gadget = widgetCrd.replaceAll('widget', 'gadget').replaceAll('Widget', 'Gadget');
    expect(loadCrds([`${widgetCrd}\n---\n${gadget}`]).map(({ definition }) => definition.kind)).toEqual([
      'Widget',
      'Gadget',
    ]);
  });

  it.each([
    ['YAML that is none', 'a: [', 'is no YAML'],
    ['another kind', 'kind: Secret', 'apiVersion'],
    [
      'a name that does not fit',
      widgetCrd.replace('widgets.test.io', 'things.test.io'),
      'must be named widgets.test.io',
    ],
    ['two storage versions', widgetCrd.replace('storage: false', 'storage: true'), 'exactly one version'],
    [
      'a conversion webhook',
      widgetCrd.replace('  versions:', '  conversion: {strategy: Webhook}\n  versions:'),
      'conversion',
    ],
    ['a scale subresource', widgetCrd.replace('{status: {}}', '{status: {}, scale: {}}'), 'scale'],
    ['an unknown JSONPath', widgetCrd.replace('.spec.size}', '..size}'), 'column Size'],
    [
      'an unknown member',
      widgetCrd.replace('served: true', 'served: true\n    selectableFields: []'),
      'selectableFields',
    ],
  ])('refuses %s', (_what, text, why) => {
    expect(() => loadCrds([text])).toThrow(why);
  });

  it('refuses a kind that is given twice', () => {
    expect(() => loadCrds([widgetCrd, widgetCrd])).toThrow('widgets.test.io is given twice');
  });
});
