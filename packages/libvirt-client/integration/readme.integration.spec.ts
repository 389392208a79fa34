import { expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describeWithSystemLibvirtd } from './requirements.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describeWithSystemLibvirtd('the README', () => {
  it('has an example that does what is said below it', async () => {
    const readme = await readFile(`${root}README.md`, 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const args = [
      '--conditions=@virtrigaud/source',
      '--input-type=module-typescript',
      '--disable-warning=ExperimentalWarning',
    ];
    const child = spawn(process.execPath, args, { cwd: root });
    child.stdin.end(example);
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(errors).toBe('');
    const lines = output.trim().split('\n');
    expect(lines.filter((line) => !line.startsWith('lifecycle '))).toEqual([
      'list everything now',
      'example runs',
      'gone',
    ]);
    expect(lines.filter((line) => line === 'lifecycle example')).toHaveLength(4);
  });
});
