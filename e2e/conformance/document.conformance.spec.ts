import { describe, expect, it } from '@jest/globals';
import { allChecks } from '@virtrigaud/conformance';
import { Reason } from '@virtrigaud/grpc-contract/client';
import { readFile } from 'node:fs/promises';

const document = new URL('../../docs/contract.md', import.meta.url);

/** Rows of the lists of checks: id, title, what it needs. */
async function rows(): Promise<readonly string[]> {
  const text = await readFile(document, 'utf8');
  return [...text.matchAll(/^\| `([a-z-]+\/[a-z-]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, ...cells]) =>
    cells.join(' | '),
  );
}

describe('docs/contract.md', () => {
  it('lists the checks that there are, in their order, with what each needs', async () => {
    const wanted = allChecks.map(({ id, title, capability, backdoor = [] }) => {
      const needs = [...(capability ? [capability] : []), ...backdoor].map((name) => `\`${name}\``).join(', ');
      return `${id} | ${title} | ${needs || '–'}`;
    });
    expect(await rows()).toEqual(wanted);
  });

  it('says for every reason of the contract when it is answered', async () => {
    const text = await readFile(document, 'utf8');
    expect(Object.values(Reason).filter((reason) => !text.includes(`${reason}\``))).toEqual([]);
  });
});
