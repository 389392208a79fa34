import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aMachine, type Machine } from './machine.ts';

const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n';

const kubeconfig = (port: number) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: { token: 't' } }],
  });

describe('bad input is told in one line, with exit code 1', () => {
  let machine: Machine;
  let refusing: Server;

  beforeAll(async () => {
    machine = await aMachine();
    refusing = createServer((_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ kind: 'Status', status: 'Failure', code: 401, reason: 'Unauthorized', message: 'no' }),
      );
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    await writeFile(join(machine.home, 'refusing'), kubeconfig((refusing.address() as AddressInfo).port));
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await writeFile(join(machine.home, 'nobody'), kubeconfig(port));
    await writeFile(join(machine.home, 'twice.yaml'), 'a: 1\na: 2\n');
    await writeFile(join(machine.home, 'good.yaml'), secret);
    await writeFile(join(machine.home, 'empty.yaml'), '# nothing\n');
    await writeFile(join(machine.home, 'not-a-kubeconfig'), '{');
  });
  afterAll(async () => {
    await new Promise((resolve) => refusing.close(resolve));
    await machine.remove();
  });

  it.each([
    {
      what: 'a missing file',
      args: ['apply', '-f', 'nope.yaml'],
      line: /^virtrigaud: nope\.yaml: no such file or directory$/,
    },
    {
      what: 'bad YAML',
      args: ['apply', '-f', 'twice.yaml'],
      line: /^virtrigaud: twice\.yaml:2:1: bad YAML: Map keys must be unique/,
    },
    {
      what: 'nothing in a file',
      args: ['apply', '-f', 'empty.yaml'],
      line: /^virtrigaud: empty\.yaml: no object in there$/,
    },
    {
      what: 'no server at all',
      args: ['get', 'vm'],
      line: /^virtrigaud: no API server found: start one with `virtrigaud up`/,
    },
    {
      what: 'a server that is not there',
      args: ['get', 'vm', '--kubeconfig', 'nobody'],
      line: /^virtrigaud: cannot reach http:\/\/127\.0\.0\.1:\d+ \(nobody\): is it running\?.*ECONNREFUSED/,
    },
    {
      what: 'credentials that are refused',
      args: ['apply', '-f', 'good.yaml', '--kubeconfig', 'refusing'],
      line: /^virtrigaud: http:\/\/127\.0\.0\.1:\d+ does not accept the credentials of refusing: get a new kubeconfig$/,
    },
    {
      what: 'a kubeconfig that is missing',
      args: ['get', 'vm', '--kubeconfig', 'missing'],
      line: /^virtrigaud: .*missing/,
    },
    {
      what: 'a kubeconfig that is none',
      args: ['get', 'vm', '--kubeconfig', 'not-a-kubeconfig'],
      line: /^virtrigaud: .*not-a-kubeconfig/,
    },
    {
      what: 'a context that is not there',
      args: ['get', 'vm', '--kubeconfig', 'nobody', '--context', 'x'],
      line: /^virtrigaud: .*context x/,
    },
    {
      what: 'a time that is none',
      args: ['wait', 'vm/a', '--for=delete', '--timeout=soon'],
      line: /^virtrigaud: --timeout soon: write it as 30s, 5m or 1h$/,
    },
    {
      what: 'a goal that is none',
      args: ['wait', 'vm/a', '--for=Ready'],
      line: /^virtrigaud: --for Ready: write condition=NAME/,
    },
    { what: 'an unknown command', args: ['explode'], line: /^error: unknown command 'explode'/ },
    { what: 'an unknown option', args: ['get', 'vm', '--explode'], line: /^error: unknown option '--explode'/ },
  ])('$what', async ({ args, line }) => {
    const { code, out, err } = await machine.run(args);
    const lines = err.split('\n').filter((one) => one !== '' && !one.startsWith('# '));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
    expect(out).toBe('');
    expect(code).toBe(1);
  });

  it('asks before it deletes where nobody named the server, and does nothing without an answer', async () => {
    await writeFile(join(machine.home, 'far'), kubeconfig(1).replace('127.0.0.1', '192.0.2.1'));
    const { code, err } = await machine.run(['delete', 'vm/a'], { env: { KUBECONFIG: join(machine.home, 'far') } });
    expect(err).toMatch(
      /virtrigaud: virtualmachine\.infra\.virtrigaud\.io\/a on http:\/\/192\.0\.2\.1:1: this server was not named in the command: add --yes/,
    );
    expect(code).toBe(1);
  });
});
