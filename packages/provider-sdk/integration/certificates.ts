import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of a test, in a directory of its own. Has to be removed. */
export class Certificates {
  readonly directory = mkdtempSync(join(tmpdir(), 'virtrigaud-tls-'));

  constructor() {
    writeFileSync(this.path('index.txt'), '');
    writeFileSync(this.path('ca.cnf'), configuration);
    this.#openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '2');
  }

  /** Path of a file: `ca.pem`, or `<name>.pem` and `<name>.key` once issued. */
  path(file: string): string {
    return join(this.directory, file);
  }

  read(file: string): Buffer {
    return readFileSync(this.path(file));
  }

  /** Issues a certificate for the names, as openssl writes them: `DNS:localhost`. */
  issue(name: string, sans: string, validity: readonly string[] = ['-days', '2']): void {
    writeFileSync(this.path(`${name}.ext`), `subjectAltName=${sans}\n`);
    this.#openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const authority = ['-batch', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-notext'];
    const request = ['-in', `${name}.csr`, '-extfile', `${name}.ext`, '-out', `${name}.pem`];
    this.#openssl('ca', ...authority, ...request, ...validity);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.directory, stdio: 'pipe' });
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

// `openssl x509` of version 3.0 cannot issue a certificate that has expired already; `openssl ca` can.
const configuration = `[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
`;

/** A validity that is over. */
export const expired = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
