import { Anchor, Badge, Group, Paper } from '@mantine/core';
import type { Project } from '@plimsoll/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Digest } from '../../components/digest.tsx';
import { SeverityBar } from '../../components/severity-bar.tsx';
import { Time } from '../../components/time.tsx';
import { registryNames } from '../../domain/registry-names.ts';
import { sizeInWords } from '../../domain/size.ts';
import { useTitle } from '../use-title.ts';
import styles from './image-header.module.css';

/** What the image is and where it came from. */
export function ImageHeader({ project }: { readonly project: Project }) {
  const { name, target_reference: tag, origin } = project.attributes;
  const { image, latest_issue_counts: counts } = project.meta;
  const repository = name.endsWith(`:${tag}`) ? name.slice(0, -tag.length - 1) : name;
  useTitle(name);

  return (
    <Paper withBorder className={styles.header}>
      <nav aria-label="Breadcrumb" className={styles.trail}>
        <Anchor renderRoot={(props) => <Link to="/images" {...props} />} inherit>
          Images
        </Anchor>
        <span aria-hidden>/</span>
        <Anchor
          renderRoot={(props) => <Link to="/images" search={{ q: repository }} {...props} />}
          inherit
          className={styles.repository}
        >
          {repository}
        </Anchor>
      </nav>
      <Group justify="space-between" align="center" gap="md">
        <h1 className={styles.name}>
          {repository}
          <b>:{tag}</b>
        </h1>
        {counts && <SeverityBar counts={counts} />}
      </Group>
      <dl className={styles.facts}>
        <Fact name="Digest">{image.digest ? <Digest digest={image.digest} /> : '–'}</Fact>
        <Fact name="Platform">{image.platform ?? '–'}</Fact>
        <Fact name="Operating system">{image.os ?? '–'}</Fact>
        <Fact name="Size">{image.size_bytes === undefined ? '–' : sizeInWords(image.size_bytes)}</Fact>
        <Fact name="Created">
          <Time at={image.created_at} />
        </Fact>
        {image.pushed_at === undefined ? (
          <Fact name="First seen">
            <Time at={image.first_seen_at} />
          </Fact>
        ) : (
          <Fact name="Pushed">
            <Time at={image.pushed_at} />
          </Fact>
        )}
        <Fact name="Scanned">
          <Time at={image.scanned_at} otherwise="not yet" />
        </Fact>
        <Fact name="Registry">{registryNames[origin]}</Fact>
      </dl>
      {image.other_tags.length > 0 && (
        <Group gap={6} mt="sm" fz="sm">
          <span className={styles.same}>Same digest:</span>
          {image.other_tags.map((other) => (
            <Badge key={other} variant="default" tt="none" fw={500}>
              {other}
            </Badge>
          ))}
        </Group>
      )}
    </Paper>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
