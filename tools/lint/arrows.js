/**
 * Which package may import which: the arrows of docs/architecture.md, in the form that the linters read.
 * A package that is not listed as a target may not be imported.
 */
const arrows = {
  'api-types': [],
  'grpc-contract': [],
  'service-kit': [],
  'kube-runtime': [],
  'embedded-apiserver': [],
  'libvirt-client': [],
  'provider-sdk': ['grpc-contract', 'service-kit'],
  conformance: ['grpc-contract'],
  'provider-mock': ['provider-sdk'],
  'provider-libvirt': ['provider-sdk', 'libvirt-client'],
  manager: ['api-types', 'grpc-contract', 'kube-runtime', 'service-kit'],
  cli: ['api-types', 'grpc-contract', 'kube-runtime'],
};

/** Constraints for `@nx/enforce-module-boundaries`, by the tag `package:<name>` of each package.json. */
export const packageArrows = Object.entries(arrows).map(([from, to]) => ({
  sourceTag: `package:${from}`,
  onlyDependOnLibsWithTags: [`package:${from}`, ...to.map((name) => `package:${name}`)],
}));

/** The door of grpc-contract that each of its users may not take. */
const closedDoor = { manager: 'server', cli: 'server', conformance: 'server', 'provider-sdk': 'client' };

/** ESLint configuration objects that close the wrong door of grpc-contract. */
export const contractDoors = Object.entries(closedDoor).map(([name, door]) => ({
  files: [`packages/${name}/src/**/*.ts`],
  ignores: ['**/*.spec.ts', '**/testing/**'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: [
          {
            name: `@virtrigaud/grpc-contract/${door}`,
            message: `${name} takes the other door of grpc-contract: see docs/architecture.md`,
          },
        ],
      },
    ],
  },
}));
