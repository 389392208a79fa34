import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { exportKey, keyAlgorithm } from './certificate-authority.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { loadX509 } from './load-x509.ts';

/** What a TLS server shows and keeps; both PEM. */
export interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const localNames = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
const localAddresses = ['127.0.0.1', '::1'];

/**
 * A certificate for one run of the server, whose key never reaches the disk. It lives as long as its CA, so that a
 * server that nobody restarts stays reachable.
 *
 * @param host - the name or address that it listens on
 * @param now - ms since 1970
 */
export async function issueServerCertificate(
  authority: CertificateAuthority,
  host: string,
  now: number,
): Promise<ServerCertificate> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const names = [...new Set([...localNames, ...localAddresses, host])];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=virtrigaud-apiserver',
    issuer: authority.certificate.subject,
    notBefore: new Date(now - dayMs),
    notAfter: authority.certificate.notAfter,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: keyAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}
