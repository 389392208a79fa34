import type { Json, JsonObject } from '../json-value.ts';
import type { CelRule } from '../cel/cel-rule.ts';

/** The types a value may be said to have. */
export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** A structural schema, parsed: what this server enforces of an `openAPIV3Schema`. */
export interface StructuralSchema {
  /** Undefined: anything, or an integer or a string where {@link intOrString}. */
  readonly type: SchemaType | undefined;
  readonly nullable: boolean;
  readonly intOrString: boolean;
  readonly preserveUnknown: boolean;
  readonly embeddedResource: boolean;
  readonly default: Json | undefined;
  readonly enum: readonly Json[] | undefined;
  readonly properties: ReadonlyMap<string, StructuralSchema>;
  readonly additional: StructuralSchema | undefined;
  readonly required: readonly string[];
  readonly items: StructuralSchema | undefined;
  readonly listType: 'atomic' | 'set' | 'map';
  readonly listMapKeys: readonly string[];
  readonly mapAtomic: boolean;
  readonly limits: Limits;
  readonly rules: readonly CelRule[];
  /** Whether this node or one below it has rules; most have none and need no walk. */
  readonly hasRules: boolean;
  /** The schema as it was written, for OpenAPI. */
  readonly source: JsonObject;
}

/** Bounds on a value. */
export interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: { readonly source: string; readonly expression: RegExp };
  readonly format?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}
