import type { LabelSelector } from '@virtrigaud/api-types';

/** An object that may be open to other namespaces than its own. */
export interface Grantable {
  readonly metadata: { readonly namespace?: string | undefined };
  readonly spec: { readonly consumerNamespaceSelector?: LabelSelector | undefined };
}

/** A namespace that wants to use it. */
export interface Consumer {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether objects of a namespace may refer to this one: its own may always; others where the selector says so. Pure. */
export function isGranted(object: Grantable, consumer: Consumer): boolean {
  if (object.metadata.namespace === consumer.namespace) return true;
  const selector = object.spec.consumerNamespaceSelector;
  return selector !== undefined && matchesSelector(selector, consumer.labels);
}

/** A Kubernetes label selector; empty matches everything. */
export function matchesSelector(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const byLabels = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    byLabels &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && (values ?? []).includes(value);
        case 'NotIn':
          return value === undefined || !(values ?? []).includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
      }
    })
  );
}
