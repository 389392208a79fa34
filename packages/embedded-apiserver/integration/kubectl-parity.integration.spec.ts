import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { widgetCrd } from '../src/testing/widget-crd.ts';
import { buildKubectl, Kubectl } from './build-kubectl.ts';
import type { Ran } from './build-kubectl.ts';
import { compared } from './kubectl-commands.ts';
import type { Compared } from './kubectl-commands.ts';
import { startRealApiServer } from './real-api-server.ts';
import { startServer, temporaryDirectory } from './with-server.ts';
import type { Running } from './with-server.ts';

const kubectl = await buildKubectl();
const real = kubectl.kind === 'missing' ? kubectl : await startRealApiServer();

if (kubectl.kind === 'missing' || real.kind === 'missing') {
  const why = kubectl.kind === 'missing' ? kubectl.why : real.kind === 'missing' ? real.why : '';
  describe('kubectl on both servers', () => {
    it('cannot be compared here, which only CI must not accept', () => {
      process.stderr.write(`kubectl was not compared with a real API server: ${why}\n`);
      expect(process.env['CI']).not.toBe('true');
    });
  });
} else {
  describeParity({ path: kubectl.path, kubeconfig: real.kubeconfig, stopReal: real.stop });
}

function describeParity(on: {
  readonly path: string;
  readonly kubeconfig: string;
  readonly stopReal: () => Promise<void>;
}): void {
  let running: Running;
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let embedded: Kubectl;
  let upstream: Kubectl;

  beforeAll(async () => {
    running = await startServer();
    home = await temporaryDirectory();
    embedded = new Kubectl(on.path, { kubeconfig: running.server.kubeconfigPath, home: join(home.path, 'embedded') });
    upstream = new Kubectl(on.path, { kubeconfig: on.kubeconfig, home: join(home.path, 'upstream') });
    const crd = join(home.path, 'crd.yaml');
    await writeFile(crd, widgetCrd);
    await upstream.ok(['create', '-f', crd]);
    await upstream.ok(['wait', 'crd/widgets.test.io', '--for=condition=Established', '--timeout=30s']);
  });
  afterAll(async () => {
    await running.stop();
    await on.stopReal();
    await home.remove();
  });

  async function both({ args, input = '' }: Compared): Promise<readonly [string, string]> {
    const [ours, theirs] = await Promise.all([embedded.run(args, input), upstream.run(args, input)]);
    return [comparable(ours), comparable(theirs)];
  }

  const named = compared.map((one, index) => [`${index}: ${one.args.join(' ')}`, one] as const);

  describe('kubectl does and says the same as with Kubernetes', () => {
    it.each(named)('%s', async (_name, one) => {
      const [ours, theirs] = await both(one);
      const { differs, says } = one;
      // What is known to differ must differ still, and be what the table says.
      const seen = { theirs: ours === theirs ? 'the same' : differs === undefined ? theirs : 'another', ours };
      expect(seen).toEqual({
        theirs: differs === undefined ? 'the same' : 'another',
        ours: says ? expect.stringMatching(says) : ours,
      });
    });
  });
}

/** What a command printed, without what no two servers have in common: ids, times, versions, ports, temporary files. */
function comparable({ code, out, err }: Ran): string {
  const text = `exit code ${code}\n${out}-- stderr\n${err}`;
  return text
    .replace(/(^\* .*\n)+/gm, inOrder)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| [+]\d{4})/g, 'TIME')
    .replace(/("?resourceVersion"?: ?)"\d+"/g, '$1"VERSION"')
    .replace(/(Resource Version: +)\d+/g, '$1VERSION')
    .replace(/\b\d+(\.\d+)?(ms|s|m)\b/g, 'AGE')
    .replace(/127\.0\.0\.1:\d+/g, 'HOST')
    .replace(/\/tmp\/((LIVE|MERGED)-)?\S+?\//g, 'TMP/$2/')
    .replace(/AGE +/g, 'AGE ')
    .replace(/ +$/gm, '');
}

/** Kubernetes says what is wrong in the order of a Go map: in none. */
function inOrder(lines: string): string {
  return lines.trimEnd().split('\n').sort().concat('').join('\n');
}
