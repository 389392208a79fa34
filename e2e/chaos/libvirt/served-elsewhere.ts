import type { HostedProvider } from '@virtrigaud/service-kit';
import servedElsewhere from '../../../packages/manager/integration/stack/served-elsewhere.ts';

/** A provider of libvirt that somebody else runs. */
const libvirtElsewhere: HostedProvider = { ...servedElsewhere, type: 'libvirt' };

export default libvirtElsewhere;
