/**
 * Runs a project's integration specs, unchanged, against a real API server that lives as long as they do; they find it by
 * VIRTRIGAUD_TEST_KUBECONFIG. Without Go it says so and runs nothing, which CI does not accept.
 *
 * usage, in the folder of a project: node jest.js [jest arguments]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { asCommand, SetupError } from '../libvirt/program.js';
import { buildPrograms, startApiServer } from './api-server.js';

asCommand(import.meta.url, async (rest) => {
  const programs = programsOrWhy();
  if (programs.kind === 'missing') {
    console.warn(`the specs did not run on a real API server: ${programs.why}`);
    process.exitCode = process.env.CI === 'true' ? 1 : 0;
    return;
  }
  const server = await startApiServer(programs.folder);
  const env = { ...process.env, VIRTRIGAUD_TEST_KUBECONFIG: server.kubeconfig };
  const jest = join(import.meta.dirname, '../jest.js');
  const child = spawn(process.execPath, [jest, 'kubernetes', ...rest], { stdio: 'inherit', env });
  // Who interrupts this interrupts jest, too, and the server goes after it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  await server.stop();
  process.exitCode = code ?? 1;
});

function programsOrWhy() {
  try {
    return { kind: 'built', folder: buildPrograms() };
  } catch (error) {
    if (error instanceof SetupError) return { kind: 'missing', why: error.message };
    throw error;
  }
}
