import { z } from 'zod';

/** How the space of a disk is provided: thin grows as it is written, eagerzeroedthick is written with zeros first. */
export const diskType = () => z.enum(['thin', 'thick', 'eagerzeroedthick']);

/** The controller that a disk hangs on. */
export const diskBus = () => z.enum(['virtio', 'scsi', 'sata', 'ide', 'nvme']);
