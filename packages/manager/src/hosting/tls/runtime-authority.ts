import { createPrivateKey, webcrypto } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';
import type { ClientIdentity } from '@virtrigaud/grpc-contract/client';
import { loadX509 } from './load-x509.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** The authority goes with its process, and so does its key: it only has to outlive that. */
const authorityLifetimeMs = 3650 * dayMs;

/** What a certificate is for: a manager calls, a provider answers, and neither can pass for the other. */
export type Purpose = 'client' | 'server';

/** A certificate, its key, and whose certificates the other side has to show; all PEM. */
export type Identity = ClientIdentity;

/** What to issue. */
export interface IdentityRequest {
  /** The one DNS name that it bears. */
  readonly name: string;
  readonly purpose: Purpose;
  readonly lifetimeMs: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Signs the certificates between one manager and its providers. Its key never leaves the memory of this process. */
export class RuntimeAuthority {
  readonly #certificate: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.#certificate = certificate;
    this.#key = key;
  }

  /** A new authority, that nobody but this process can use. */
  static async create(nowMs: number): Promise<RuntimeAuthority> {
    const x509 = await loadX509();
    const keys = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=virtrigaud-runtime-ca',
      notBefore: new Date(nowMs - minuteMs),
      notAfter: new Date(nowMs + authorityLifetimeMs),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new RuntimeAuthority(certificate, keys.privateKey);
  }

  /** Issues a certificate for a key made here. */
  async issue({ name, purpose, lifetimeMs, nowMs }: IdentityRequest): Promise<Identity> {
    const x509 = await loadX509();
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const usage = purpose === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
    const certificate = await x509.X509CertificateGenerator.create({
      subject: 'CN=virtrigaud',
      issuer: this.#certificate.subject,
      notBefore: new Date(nowMs - minuteMs),
      notAfter: new Date(nowMs + lifetimeMs),
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate),
      ],
    });
    return { cert: pem(certificate), key: await exportKey(keys.privateKey), ca: pem(this.#certificate) };
  }
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
