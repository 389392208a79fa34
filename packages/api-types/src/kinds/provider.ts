import { z } from 'zod';
import { mapOf, setOf } from '../schema/collection.ts';
import { objectWithStatus } from '../schema/object.ts';
import { consumerNamespaceSelector, localRef } from '../schema/reference.ts';
import { withRules } from '../schema/rule.ts';
import { dnsLabel, duration, integer, observedText, text } from '../schema/scalar.ts';
import { commonStatus } from '../schema/status.ts';

const type = withRules(dnsLabel(), [{ rule: 'self == oldSelf', message: 'is immutable: make another Provider' }]).meta({
  description:
    'Which provider serves this hypervisor: libvirt, mock, or the type of a package @virtrigaud/provider-<type>.',
});

const PASSWORD = /^[^/]*\/\/[^/@]*:[^/@]*@/;

const endpoint = withRules(
  z
    .string()
    .max(2048)
    .regex(/^[a-z][a-z0-9+.-]*:\S+$/),
  [
    {
      rule: "!self.matches('^[^/]*//[^/@]*:[^/@]*@')",
      message: 'must not hold a password: put it into the Secret that credentialSecretRef names',
      holds: (self) => !PASSWORD.test(self),
    },
  ],
).meta({ description: 'URL of the hypervisor: qemu:///system for the libvirt of the machine that runs the provider.' });

const environment = mapOf(
  z.strictObject({
    name: withRules(
      z
        .string()
        .max(253)
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
      [
        {
          rule: "!self.startsWith('VIRTRIGAUD_RUNTIME_')",
          message: 'must not start with VIRTRIGAUD_RUNTIME_: those are set from the other fields',
          holds: (self) => !self.startsWith('VIRTRIGAUD_RUNTIME_'),
        },
      ],
    ),
    value: z.string().max(4096).default(''),
  }),
  { keys: ['name'], max: 50 },
);

const runtime = withRules(
  z.strictObject({
    mode: z.enum(['InProcess', 'Remote']).default('Remote').meta({
      description: 'Remote: by processes of their own, over mutual TLS. InProcess: in the process of the manager.',
    }),
    replicas: integer(1, 10).optional().meta({ description: 'How many processes; one if omitted.' }),
    env: environment.optional().meta({ description: 'Added to the environment of each process.' }),
    logLevel: z
      .enum(['debug', 'info', 'warn', 'error'])
      .optional()
      .meta({ description: 'How much each process logs; info if omitted.' }),
  }),
  [
    {
      rule: "self.mode == 'Remote' || !(has(self.replicas) || has(self.env) || has(self.logLevel))",
      message: 'InProcess takes no replicas, env or logLevel: it is the process of the manager',
      fieldPath: '.mode',
      holds: (self) =>
        self.mode === 'Remote' ||
        (self.replicas === undefined && self.env === undefined && self.logLevel === undefined),
    },
  ],
);

/** The schema of `spec` of a Provider. */
export const providerSpec = z.strictObject({
  type,
  endpoint,
  credentialSecretRef: localRef().optional().meta({
    description: 'Secret, in the same namespace, with what the hypervisor asks for. Read again when it changes.',
  }),
  insecureSkipVerify: z.boolean().default(false).meta({
    description: "Do not check the hypervisor's certificate or host key; the condition Healthy says so.",
  }),
  defaults: z
    .strictObject({
      datastore: text(255)
        .optional()
        .meta({ description: 'Where disks go that name no place. libvirt: a storage pool.' }),
      network: text(255).optional().meta({ description: 'The network of a VirtualMachine that lists none.' }),
    })
    .optional(),
  maxConcurrentOperations: integer(1, 256).default(16).meta({
    description: 'How many changes may be in flight at this hypervisor at a time.',
  }),
  healthCheck: z
    .strictObject({
      enabled: z.boolean().default(true),
      interval: duration().default('30s'),
      timeout: duration().default('10s'),
      failureThreshold: integer(1, 10).default(3),
      successThreshold: integer(1, 10).default(1),
    })
    .prefault({})
    .meta({ description: 'How the hypervisor is looked after; disabled, the condition Healthy is Unknown.' }),
  consumerNamespaceSelector: consumerNamespaceSelector().optional(),
  runtime: runtime.optional().meta({ description: 'Where the provider runs; omitted, in the process of the manager.' }),
});

const unowned = z.object({
  count: integer(1, 10_000_000).meta({ description: 'How many there are.' }),
  machines: mapOf(
    z.object({
      id: observedText(1024).meta({ description: 'Its id at the hypervisor.' }),
      name: observedText(1024).meta({ description: 'Its name at the hypervisor.' }),
      owner: z
        .object({ namespace: observedText(), name: observedText(), uid: observedText() })
        .meta({ description: 'The VirtualMachine that is gone, as the machine is stamped.' }),
      problem: observedText(4096)
        .optional()
        .meta({ description: 'Why it was not let go, where the annotation virtrigaud.io/release asks for it.' }),
    }),
    { keys: ['id'], max: 20 },
  ).meta({ description: 'The first of them by name.' }),
});

/** The schema of `status` of a Provider. */
export const providerStatus = z.object({
  ...commonStatus(),
  runtime: z
    .object({
      mode: z.enum(['InProcess', 'Remote']).optional(),
      endpoint: observedText(2048).optional().meta({ description: 'Where it answers.' }),
      readyReplicas: integer(0, 1_000).optional().meta({ description: 'Instances that answer.' }),
      phase: z.enum(['Pending', 'Starting', 'Ready', 'Degraded', 'Stopping', 'Failed']).optional(),
      message: observedText(4096).optional(),
    })
    .optional(),
  version: observedText().optional().meta({ description: 'Version of the provider.' }),
  contract: integer(0, 1_000_000).optional().meta({ description: 'Revision of the contract that was agreed on.' }),
  hypervisorVersion: observedText().optional(),
  hypervisorID: observedText()
    .optional()
    .meta({ description: 'Identity of what is behind the endpoint, as kept there.' }),
  capabilities: setOf(observedText(63), { max: 64 }).optional(),
  connectedVMs: integer(0, 10_000_000).optional().meta({ description: 'VirtualMachines bound to this Provider.' }),
  unowned: unowned.optional().meta({
    description: 'Machines that are stamped as of this cluster, and whose VirtualMachine is gone.',
  }),
});

/** The schema of a whole Provider. */
export const providerObject = objectWithStatus('Provider', { spec: providerSpec, status: providerStatus });

/** One hypervisor endpoint, with defaults filled in. */
export type Provider = z.output<typeof providerObject>;
/** One hypervisor endpoint, as a person writes it. */
export type ProviderInput = z.input<typeof providerObject>;
/** `spec` of a {@link Provider}. */
export type ProviderSpec = z.output<typeof providerSpec>;
/** `status` of a {@link Provider}. */
export type ProviderStatus = z.output<typeof providerStatus>;
