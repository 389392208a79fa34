import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileCredentials } from './file-credentials.ts';

let directory: string;
let stop: AbortController;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'virtrigaud-credentials-'));
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(directory, { recursive: true, force: true });
});

/** Writes a version of a Secret as a kubelet does, and exchanges the link to it at once. */
function mount(version: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(directory, version));
  for (const [key, value] of Object.entries(files)) writeFileSync(join(directory, version, key), value);
  symlinkSync(version, join(directory, '..data_tmp'));
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
}

describe('fileCredentials', () => {
  it('reads a key from each file, without the last line break', () => {
    writeFileSync(join(directory, 'password'), ' s3cret \n');
    mkdirSync(join(directory, 'not-a-file'));
    expect(fileCredentials(directory, createMemoryLogger(), stop.signal).current()).toEqual({ password: ' s3cret ' });
  });

  it('P42 P44 tells of a Secret that was exchanged once, and writes no value down', async () => {
    mount('..1', { username: 'u', password: 'old-canary' });
    for (const key of ['username', 'password']) symlinkSync(join('..data', key), join(directory, key));
    const logger = createMemoryLogger();
    const source = fileCredentials(directory, logger, stop.signal);
    expect(source.current()).toEqual({ username: 'u', password: 'old-canary' });
    let changes = 0;
    const changed = new Promise<void>((resolve) => {
      source.onChange(() => {
        changes += 1;
        resolve();
      });
    });
    mount('..2', { username: 'u', password: 'new-canary' });
    await changed;
    expect([source.current(), changes]).toEqual([{ username: 'u', password: 'new-canary' }, 1]);
    expect(JSON.stringify(logger.entries)).not.toContain('canary');
  });

  it('refuses a directory that is not there', () => {
    expect(() => fileCredentials(join(directory, 'x'), createMemoryLogger(), stop.signal)).toThrow(/ENOENT/);
  });
});
