const maxLength = 8_192;

/** Each pattern is linear in the length of the text: the redactor sees what strangers wrote. */
const rules: readonly (readonly [RegExp, string])[] = [
  // A block without its end was cut somewhere: everything after the beginning may still be the key.
  [/-----BEGIN ([A-Z0-9 ]{1,40})-----[^]*?(?:-----END \1-----|$)/g, '[redacted PEM $1]'],
  [/#cloud-config\b[^]*$/, '[redacted user-data]'],
  [/Content-Type: multipart\/mixed[^]*$/i, '[redacted user-data]'],
  [/^#![^\n]*\n[^]*$/, '[redacted script]'],
  [/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@?#]{0,256}):[^\s/?#]{1,1024}@/gi, '$1:[redacted]@'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, '$1 [redacted]'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '[redacted token]'],
  [
    /((?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)["']?\s{0,4}[=:]\s{0,4})(?:"[^"]*"?|'[^']*'?|[^\s,;&"'}\]]+)/gi,
    '$1[redacted]',
  ],
];

/** Text without what looks like a secret in it, cut to 8,192 characters. */
export function redactText(text: string): string {
  // Cut first: a secret that is cut in two must still be recognised, and the work stays bounded.
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}[${text.length - maxLength} more]` : text;
  return rules.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), cut);
}
