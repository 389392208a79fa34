export { libvirtProvider as default } from './provider/libvirt-provider.ts';
