import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Writes what one API server and its administrator need to trust each other, and nobody else, for a day.
 *
 * @param {string} folder where the files go: `ca.crt`, `server.{crt,key}`, `admin.{crt,key}`, `service-account.{key,pub}`
 */
export async function writePki(folder) {
  provideReflectMetadata();
  const x509 = await import('@peculiar/x509');
  const write = (name, text) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  const authority = await createAuthority(x509);
  write('ca.crt', authority.certificate.toString('pem'));
  const names = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
  ];
  for (const [name, subject, extensions] of [
    ['server', 'CN=kube-apiserver', [new x509.SubjectAlternativeNameExtension(names)]],
    ['admin', 'O=system:masters, CN=admin', []],
  ]) {
    const { certificate, key } = await issue(x509, authority, { subject, extensions });
    write(`${name}.crt`, certificate);
    write(`${name}.key`, key);
  }
  const account = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  write('service-account.key', account.privateKey.export({ format: 'pem', type: 'sec1' }));
  write('service-account.pub', account.publicKey.export({ format: 'pem', type: 'spki' }));
}

function validity() {
  return { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + dayMs) };
}

async function createAuthority(x509) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test-ca',
    ...validity(),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

async function issue(x509, authority, { subject, extensions }) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: authority.certificate.subject,
    ...validity(),
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      ...extensions,
    ],
  });
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(der, 'PRIVATE KEY') };
}

/** The library's container does not load without this half of `Reflect`, a proposal that no engine has. */
function provideReflectMetadata() {
  if (Reflect.getMetadata) return;
  const known = new WeakMap();
  Reflect.getMetadata = (key, target) => known.get(target)?.get(key);
  Reflect.getOwnMetadata = Reflect.getMetadata;
  Reflect.defineMetadata = (key, value, target) => {
    known.set(target, (known.get(target) ?? new Map()).set(key, value));
  };
}
