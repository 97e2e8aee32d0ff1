import type { Inventory } from '@plimsoll/contracts';
import { exitCodes } from '@plimsoll/runtime';
import { inventoryFormats, type InventoryFormat } from '@plimsoll/sbom';
import { CommandError, readOptions, UsageError, type Command } from '../command.ts';
import { allPlatforms, openImage } from '../open-image.ts';
import { printInventory } from '../print-inventory.ts';
import { printLine, readStandardInput } from '../terminal.ts';

const formats = ['table', ...inventoryFormats.map(({ id }) => id)];

/** `plimsoll scan`: one image, read with the agent's own code. */
export const scan: Command = {
  help: `Usage: plimsoll scan [options] IMAGE

Reads one image with the agent's own code, layer by layer as it streams by, and prints the packages in it. Nothing is
written to disk and nothing is sent anywhere.

IMAGE is one of
  registry.example.com/team/app:1.0     in a registry; @sha256:.. instead of the tag works too
  oci:FOLDER[:REF]                      an OCI image layout
  oci-archive:FILE[:REF]                the same in a tar, plain or gzip
  docker-archive:FILE[:REF]             what "docker save" writes
A path of a folder or file that exists is taken as one of the last three. An archive can come in at standard input:
the FILE of the last two is -, or IMAGE is just - ("docker save app | plimsoll scan -"). What comes through a pipe is
kept in a temporary file without a name while it is read, for an archive tells at its end what is in it.

  --format FORMAT         table (default), json (the inventory document that agents send), cyclonedx-json or
                          cyclonedx-xml (CycloneDX 1.6), spdx-json (SPDX 2.3)
  --all-layers            list packages of lower layers too that a later layer deleted or replaced, marked as such
  --no-attached-sboms     do not ask the registry for SBOMs that are attached to the image
  --whole-layers          read every layer of a registry whole; else of layers with a table of contents (eStargz,
                          zstd:chunked) only what is needed is fetched
  --platform OS/ARCH      which image of an index to read (default linux/amd64, else the first for Linux); all reads
                          each of them: one table after the other, or with --format json a list of inventories
  --type TYPE             kind of registry: oci (default), harbor-cr, ..
  --username NAME         who enters the registry
  --password-stdin        read the password from standard input
  --insecure-http         speak plain HTTP to the registry
  --ca-cert FILE          certificates (PEM) of an authority to trust besides the well-known ones

Exit codes: 0 read (warnings about parts that could not be read are printed), 1 the image could not be read,
4 the registry does not answer, 6 it refused the credentials.`,

  async run(args) {
    const { values, positionals } = readOptions(args, {
      format: { type: 'string', default: 'table' },
      'all-layers': { type: 'boolean', default: false },
      'whole-layers': { type: 'boolean', default: false },
      'no-attached-sboms': { type: 'boolean', default: false },
      platform: { type: 'string' },
      type: { type: 'string', default: 'oci' },
      username: { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
      'insecure-http': { type: 'boolean', default: false },
      'ca-cert': { type: 'string' },
    });
    const [image, ...more] = positionals;
    if (image === undefined || more.length > 0) throw new UsageError('Name one image.');
    if (!formats.includes(values.format))
      throw new UsageError(`--format ${values.format}: only ${formats.join(', ')} are understood.`);
    const format = inventoryFormats.find(({ id }) => id === values.format);
    const isAll = values.platform === allPlatforms;
    if (isAll && format && format.id !== 'json')
      throw new UsageError(`--format ${format.id} describes one image; name one platform, or take json.`);
    if (values['password-stdin'] && /^(?:.*-archive:)?-(?::|$)/.test(image))
      throw new UsageError('Standard input can hold the image or the password, not both.');

    const stop = new AbortController();
    const onInterrupt = () => stop.abort(new CommandError(exitCodes.failure, 'Interrupted.'));
    process.once('SIGINT', onInterrupt);
    try {
      const inventories = openImage(
        image,
        {
          platform: values.platform,
          type: values.type,
          username: values.username,
          password: values['password-stdin'] ? await readStandardInput() : undefined,
          insecureHttp: values['insecure-http'],
          caCert: values['ca-cert'],
          allLayers: values['all-layers'],
          wholeLayers: values['whole-layers'],
          attachedSboms: !values['no-attached-sboms'],
        },
        stop.signal,
      );
      if (format) await printDocument(format, image, inventories, isAll);
      else for await (const inventory of inventories) printInventory(inventory, { withName: isAll });
      return exitCodes.ok;
    } finally {
      process.off('SIGINT', onInterrupt);
    }
  },
};

/** Prints what a program reads: one document, or a list of them when an image for each platform was asked for. */
async function printDocument(
  format: InventoryFormat,
  imageName: string,
  inventories: AsyncIterable<Inventory>,
  isAll: boolean,
): Promise<void> {
  const documents: string[] = [];
  for await (const inventory of inventories) {
    documents.push(format.write(inventory, { imageName, createdAt: new Date() }));
  }
  printLine(isAll ? `[${documents.join(',')}]` : documents.join(''));
}
