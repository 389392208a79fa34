import type { Check } from '../check.ts';
import { absenceChecks } from './absence.ts';
import { adoptChecks } from './adopt.ts';
import { claimChecks } from './claim.ts';
import { copiedStampChecks } from './copied-stamp.ts';
import { expiryChecks } from './expiry.ts';
import { diskChecks } from './disk.ts';
import { healthChecks } from './health.ts';
import { heartbeatChecks } from './heartbeat.ts';
import { idempotencyChecks } from './idempotency.ts';
import { identityChecks } from './identity.ts';
import { imageChecks } from './image.ts';
import { nicChecks } from './nic.ts';
import { powerChecks } from './power.ts';
import { releaseChecks } from './release.ts';
import { taskChecks } from './task.ts';
import { termChecks } from './term.ts';
import { watchChecks } from './watch.ts';

/** Every check, in the order in which they run. */
export const allChecks: readonly Check[] = [
  ...claimChecks,
  ...identityChecks,
  ...idempotencyChecks,
  ...powerChecks,
  ...absenceChecks,
  ...termChecks,
  ...expiryChecks,
  ...watchChecks,
  ...heartbeatChecks,
  ...taskChecks,
  ...copiedStampChecks,
  ...adoptChecks,
  ...releaseChecks,
  ...imageChecks,
  ...diskChecks,
  ...nicChecks,
  ...healthChecks,
];
