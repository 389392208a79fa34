import { hash } from 'node:crypto';

/** A short hash (16 hexadecimal digits) of a value of plain data: equal values hash equally, whatever the order of their keys. */
export function stableHash(value: unknown): string {
  return hash('sha256', canonical(value), 'hex').slice(0, 16);
}

// Texts are put together as it goes: lists of parts were most of what this cost.
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  if (Array.isArray(value)) return listText(value);
  return membersText(value as Readonly<Record<string, unknown>>);
}

function listText(items: readonly unknown[]): string {
  let text = '[';
  for (const [index, item] of items.entries()) text += index === 0 ? canonical(item) : `,${canonical(item)}`;
  return `${text}]`;
}

function membersText(value: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(member)}`;
  }
  return `{${text}}`;
}
