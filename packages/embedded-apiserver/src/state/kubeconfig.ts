import { stringify } from 'yaml';

/** How a client reaches a server. */
export interface Access {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** The text of a kubeconfig with one context. */
export function kubeconfigText({ url, caPem, token }: Access): string {
  const name = 'virtrigaud';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
  });
}
