import { createPrivateKey, webcrypto } from 'node:crypto';
import { join } from 'node:path';
import type { X509Certificate } from '@peculiar/x509';
import { ApiServerError } from '../api-server-error.ts';
import { readIfThere } from '../state/read-if-there.ts';
import { writeFileAtomically } from '../state/write-file-atomically.ts';
import { loadX509 } from './load-x509.ts';

/** The algorithm of all keys. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const dayMs = 24 * 60 * 60 * 1000;
const lifetimeMs = 10 * 365 * dayMs;
/** A CA with less than this left is replaced at start; clients then need the new kubeconfig. */
const leastRemainingMs = 400 * dayMs;

/** What signs the certificates of a server. */
export interface CertificateAuthority {
  readonly certificate: X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
  readonly pem: string;
}

/**
 * The CA of a state directory; made at its first start.
 *
 * @param now - ms since 1970
 * @throws {@link ApiServerError} `StateCorrupt` when its files cannot be read
 */
export async function loadCertificateAuthority(stateDir: string, now: number): Promise<CertificateAuthority> {
  const path = join(stateDir, 'ca.pem');
  const kept = await readIfThere(path);
  if (kept === undefined) return createCertificateAuthority(path, now);
  try {
    const authority = await parseCertificateAuthority(kept);
    const remainingMs = authority.certificate.notAfter.getTime() - now;
    return remainingMs > leastRemainingMs ? authority : await createCertificateAuthority(path, now);
  } catch (error) {
    throw new ApiServerError('StateCorrupt', `${path} is no CA: move it away to have a new one made`, { cause: error });
  }
}

async function createCertificateAuthority(path: string, now: number): Promise<CertificateAuthority> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=virtrigaud-apiserver-ca',
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifetimeMs),
    keys,
    signingAlgorithm: keyAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const keyPem = await exportKey(keys.privateKey);
  const pem = `${certificate.toString('pem')}\n`;
  // One file for both, so that no power cut leaves a key without its certificate.
  await writeFileAtomically(path, `${pem}${keyPem}`);
  return { certificate, privateKey: keys.privateKey, pem };
}

async function parseCertificateAuthority(text: string): Promise<CertificateAuthority> {
  const x509 = await loadX509();
  const blocks = x509.PemConverter.decodeWithHeaders(text);
  const certificateBlock = blocks.find((block) => block.type === 'CERTIFICATE');
  const keyBlock = blocks.find((block) => block.type === 'PRIVATE KEY');
  if (!certificateBlock || !keyBlock) throw new Error('it needs a certificate and a private key');
  const certificate = new x509.X509Certificate(certificateBlock.rawData);
  const privateKey = await webcrypto.subtle.importKey('pkcs8', keyBlock.rawData, keyAlgorithm, true, ['sign']);
  return { certificate, privateKey, pem: `${certificate.toString('pem')}\n` };
}

/** A private key as PEM. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
