import { absenceMutants } from './absence.ts';
import { adoptMutants } from './adopt.ts';
import { announcedMutants } from './announced.ts';
import { claimMutants } from './claim.ts';
import { copiedStampMutants } from './copied-stamp.ts';
import { expiryMutants } from './expiry.ts';
import { diskMutants } from './disk.ts';
import { healthMutants } from './health.ts';
import { heartbeatMutants } from './heartbeat.ts';
import { idempotencyMutants } from './idempotency.ts';
import { identityMutants } from './identity.ts';
import type { Mutant } from './mutant.ts';
import { imageMutants } from './image.ts';
import { nicMutants } from './nic.ts';
import { powerMutants } from './power.ts';
import { releaseMutants } from './release.ts';
import { taskMutants } from './task.ts';
import { termMutants } from './term.ts';
import { watchMutants } from './watch.ts';

/** For each check a provider that it has to find. */
export const allMutants: readonly Mutant[] = [
  ...claimMutants,
  ...identityMutants,
  ...idempotencyMutants,
  ...powerMutants,
  ...absenceMutants,
  ...termMutants,
  ...expiryMutants,
  ...watchMutants,
  ...heartbeatMutants,
  ...taskMutants,
  ...copiedStampMutants,
  ...adoptMutants,
  ...releaseMutants,
  ...imageMutants,
  ...diskMutants,
  ...nicMutants,
  ...healthMutants,
  ...announcedMutants,
];
