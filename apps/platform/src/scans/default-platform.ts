/** The platform that is read of an image that has several. */
export const defaultPlatform = 'linux/amd64';
