import type { Condition } from '@virtrigaud/api-types';
import type { KubeObject } from '@virtrigaud/kube-runtime';

/** An object of any kind, as the API server has it. */
export interface LiveObject extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** The conditions of an object; none where it has none. */
export function conditionsOf(object: LiveObject): readonly Condition[] {
  const conditions = object.status?.['conditions'];
  return Array.isArray(conditions) ? (conditions as Condition[]) : [];
}

/** Whether a condition speaks of the object as it is now, not of an earlier spec. */
export function isCurrent(condition: Condition, object: LiveObject): boolean {
  const { generation } = object.metadata;
  return (
    condition.observedGeneration === undefined || generation === undefined || condition.observedGeneration >= generation
  );
}
