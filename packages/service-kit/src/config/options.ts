import type { z } from 'zod';

/** One setting, as it is called where. */
export interface Option {
  readonly key: string;
  readonly flag: string;
  readonly variable: string;
  readonly type: 'text' | 'number' | 'boolean' | 'list';
  readonly description: string;
  /** As people would type it; undefined where there is none. */
  readonly defaultText: string | undefined;
  readonly choices: readonly string[];
}

/** The settings that `schema` asks for, in its order. */
export function optionsOf(schema: z.ZodObject, prefix: string): readonly Option[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([key, member]) => {
    const words = key.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
    const { inner, defaultValue } = unwrap(member);
    return {
      key,
      flag: `--${words}`,
      variable: `${prefix}_${words.replaceAll('-', '_').toUpperCase()}`,
      type: typeOf(inner),
      description: member.description ?? inner.description ?? '',
      defaultText: defaultValue === undefined ? undefined : textOf(defaultValue),
      choices: inner.def.type === 'enum' ? Object.values((inner as z.ZodEnum).enum).map(String) : [],
    };
  });
}

interface WrapperDef {
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly defaultValue?: unknown;
}

function unwrap(member: z.ZodType): { readonly inner: z.ZodType; readonly defaultValue: unknown } {
  let inner = member;
  let defaultValue: unknown;
  for (let def = inner.def as WrapperDef; ; def = inner.def as WrapperDef) {
    if (inner.def.type === 'default') defaultValue ??= def.defaultValue;
    const next = def.innerType ?? def.in;
    if (!next) return { inner, defaultValue };
    inner = next;
  }
}

function typeOf(inner: z.ZodType): Option['type'] {
  switch (inner.def.type) {
    case 'number':
    case 'int':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return 'list';
    default:
      return 'text';
  }
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
