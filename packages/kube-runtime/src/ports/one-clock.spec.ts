import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const sources = join(import.meta.dirname, '..');
const direct =
  /\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now|Math\.random|AbortSignal\.timeout)\b|new Date\(\)/;

describe('the clock port', () => {
  it('is the only way to time and chance, so that a virtual clock rules everything', () => {
    const offenders = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('testing'))
      .filter((path) => direct.test(readFileSync(join(sources, path), 'utf8')));
    expect(offenders).toEqual([join('ports', 'system-clock.ts')]);
  });
});
