import type { Json } from '../json-value.ts';
import type { KubeObject } from '../kube-object.ts';

/** A column of the tables that `kubectl get` shows, after the name. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** Above 0: shown by `-o wide` only. */
  readonly priority: number;
  /** The cell, not yet made readable; undefined for an empty one. */
  readonly read: (object: KubeObject) => Json | undefined;
}

/** The first column of nearly every table. */
export const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name, unique within its namespace among objects of its kind.',
  priority: 0,
  read: (object) => object.metadata.name,
};

/** The column of kinds that have no other. */
export const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'How long ago the object was created.',
  priority: 0,
  read: (object) => object.metadata.creationTimestamp,
};
