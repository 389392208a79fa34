import { ServerCredentials } from '@grpc/grpc-js';
import type { Logger, TlsFiles } from '@virtrigaud/service-kit';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { watchDirectories } from './watch-directories.ts';

interface TlsContents {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/**
 * Mutual TLS 1.3 with the certificate that the files hold: connections that are made after they changed see the new one, and those
 * that stand live on. What does not fit together, as in the middle of a change, is never shown; the last good one stays.
 *
 * @throws when the files make no TLS endpoint at the start.
 */
export async function reloadedTls(files: TlsFiles, logger: Logger, signal: AbortSignal): Promise<ServerCredentials> {
  let shown = await readTlsFiles(files);
  const credentials = new MutualTls(shown);
  const reload = async (): Promise<void> => {
    try {
      const next = await readTlsFiles(files);
      if (isSame(next, shown)) return;
      shown = next;
      credentials.show(next);
      logger.info('the certificate has changed', { validTo: new X509Certificate(next.cert).validTo });
    } catch (error) {
      logger.error('the new certificate cannot be used; the last one stays in use', { error });
    }
  };
  watchDirectories([files.certFile, files.keyFile, files.caFile], { changed: () => void reload(), logger, signal });
  return credentials;
}

/** Throws when the files cannot be read, or make no TLS endpoint. */
export async function checkTlsFiles(files: TlsFiles): Promise<void> {
  await readTlsFiles(files);
}

async function readTlsFiles({ certFile, keyFile, caFile }: TlsFiles): Promise<TlsContents> {
  const [cert, key, ca] = await Promise.all([readFile(certFile), readFile(keyFile), readFile(caFile)]);
  try {
    createSecureContext({ cert, key, ca });
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error('the key is another one');
  } catch (cause) {
    throw new Error(`${certFile} and ${keyFile} are not a certificate and its key in PEM`, { cause });
  }
  return { cert, key, ca };
}

function isSame(a: TlsContents, b: TlsContents): boolean {
  return a.cert.equals(b.cert) && a.key.equals(b.key) && a.ca.equals(b.ca);
}

/** What `ServerCredentials.createSsl` makes, with the floor that it has no parameter for: its default lets TLS 1.2 in. */
class MutualTls extends ServerCredentials {
  constructor(contents: TlsContents) {
    super({ requestCert: true, rejectUnauthorized: true }, { ...contents, minVersion: 'TLSv1.3' });
  }

  /** Shows this to who connects from now on. */
  show(contents: TlsContents): void {
    this.updateSecureContextOptions({ ...contents, minVersion: 'TLSv1.3' });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
