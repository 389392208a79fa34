/**
 * Optional dependencies that a lockfile names but does not lock. When a release lacks some of its platform packages, `npm install`
 * drops them silently, and `npm ci` fails on the next machine.
 *
 * @param {{ packages: Record<string, { optionalDependencies?: Record<string, string> }> }} lockfile parsed package-lock.json
 * @returns {string[]} `<package>: <dependency>`, one for each hole
 */
export function lockfileHoles({ packages }) {
  return Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !ancestors(at).some((dir) => packages[`${dir}node_modules/${name}`]))
      .map((name) => `${at}: ${name}`),
  );
}

/** The places where Node would look for a dependency of the package at `at`, nearest first. */
function ancestors(at) {
  const places = [at === '' ? '' : `${at}/`];
  for (let dir = at; dir !== '';) {
    dir = dir.includes('/node_modules/') ? dir.slice(0, dir.lastIndexOf('/node_modules/')) : '';
    places.push(dir === '' ? '' : `${dir}/`);
  }
  return places;
}

/**
 * Download addresses in a lockfile: they name the registry of the machine that wrote it.
 *
 * @param {{ packages: Record<string, { resolved?: string, link?: boolean }> }} lockfile parsed package-lock.json
 * @returns {string[]} packages with an address
 */
export function lockfileAddresses({ packages }) {
  return Object.entries(packages)
    .filter(([, { resolved, link }]) => !link && resolved?.includes('://'))
    .map(([at]) => at);
}
