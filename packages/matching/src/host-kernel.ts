import type { PackageContext } from './package-context.ts';

/**
 * True for packages made of the kernel's source, such as its headers: a container runs on the host's kernel, so
 * vulnerabilities of the kernel are not those of the image.
 */
export function isHostKernel({ type, name, sourceName }: PackageContext): boolean {
  if (type === 'rpm') return /^kernel(?:-|$)/.test(name);
  if (type !== 'deb' && type !== 'apk') return false;
  const source = sourceName || name;
  return kernelSources.test(source) && /^linux(?:-|$)/.test(name);
}

/** `linux`, `linux-signed-amd64`, `linux-aws`, `linux-lts`; not `linux-pam` or `linux-atm`. */
const kernelSources =
  /^linux(?:-(?:signed|meta|headers|lts|virt|edge|aws|azure|gcp|gke|oracle|kvm|raspi|hwe|oem|ibm|lowlatency|riscv|\d).*)?$/;
