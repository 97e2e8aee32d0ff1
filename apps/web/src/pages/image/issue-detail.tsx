import { Code, Skeleton } from '@mantine/core';
import type { Issue, Project, ProjectPackage } from '@plimsoll/contracts';
import type { ReactNode } from 'react';
import { useIssue } from '../../api/issues.ts';
import { usePackages } from '../../api/packages.ts';
import { useWholeList } from '../../api/use-whole-list.ts';
import { Failure } from '../../components/failure.tsx';
import { MarkdownText, OutsideLink } from '../../components/markdown-text.tsx';
import { SeverityChip } from '../../components/severity-chip.tsx';
import { Time } from '../../components/time.tsx';
import { safeUrl } from '../../domain/safe-url.ts';
import { useOrgId } from '../../frame/org-context.ts';
import styles from './issue-detail.module.css';
import { packagesOf } from './issue-list.ts';
import { PackageOrigin } from './package-origin.tsx';

/** All that is known of an issue: description, ids, ratings, references, and the layer that brought it. */
export function IssueDetail({ issue, project }: { readonly issue: Issue; readonly project: Project }) {
  const { title, problems, severities, published_at, advisories } = issue.attributes;
  const whole = useIssue(useOrgId(), issue.id);
  const { description, references } = whole.data?.attributes ?? {};
  return (
    <div className={styles.detail}>
      <div>
        <h3>{title}</h3>
        {whole.isPending && <Skeleton height={80} aria-label="Loading" />}
        {whole.isError && !whole.data && (
          <Failure what="The description could not be read" error={whole.error} onRetry={whole.refetch} />
        )}
        {whole.data &&
          (description ? <MarkdownText source={description} /> : <p>No description was published.</p>)}
      </div>
      <dl>
        <Part name="In the image">
          <Origins issue={issue} project={project} />
        </Part>
        <Part name="Ids">
          <ul>
            {problems.map(({ id, source, url }) => (
              <li key={`${source} ${id}`}>
                <MaybeLink url={url} text={id} /> <small>{source}</small>
              </li>
            ))}
          </ul>
        </Part>
        {severities.length > 0 && (
          <Part name="Rated">
            <ul>
              {severities.map(({ source, level, score, vector }) => (
                <li key={`${source} ${vector}`}>
                  <SeverityChip severity={level} /> {score?.toFixed(1)} <small>{source}</small>
                  {vector && <Code className={styles.vector}>{vector}</Code>}
                </li>
              ))}
            </ul>
          </Part>
        )}
        <Part name="Published">
          <Time at={published_at} otherwise="not told" />
          {advisories.map(({ id, source, modified }) => (
            <div key={id}>
              <small>
                {id} ({source}
                {modified && (
                  <>
                    , changed <Time at={modified} />
                  </>
                )}
                )
              </small>
            </div>
          ))}
        </Part>
        {references && references.length > 0 && (
          <Part name="References">
            <ul>
              {references.map(({ type, url }) => (
                <li key={`${type} ${url}`}>
                  <MaybeLink url={url} text={url} />
                </li>
              ))}
            </ul>
          </Part>
        )}
      </dl>
    </div>
  );
}

/** Where each package of the issue lies in the image. Issues name packages; where they lie is the packages' matter. */
function Origins({ issue, project }: { readonly issue: Issue; readonly project: Project }) {
  const query = usePackages(useOrgId(), project.id, project.meta.image.scanned_at);
  const { items, isReading } = useWholeList<ProjectPackage>(query);
  return packagesOf(issue).map(({ package_name: name, package_version: version, purl }) => {
    const found = items.find(({ attributes }) => attributes.purl === purl);
    return (
      <div key={purl} className={styles.origin}>
        <b>
          {name} {version}
        </b>
        {found && <PackageOrigin of={found} />}
        {!found && (
          <small>
            {isReading || query.isPending ? 'Looking for its layer …' : 'Its layer is not known.'}
          </small>
        )}
      </div>
    );
  });
}

function MaybeLink({ url, text }: { readonly url: string | undefined; readonly text: string }) {
  const href = url === undefined ? undefined : safeUrl(url);
  return href === undefined ? text : <OutsideLink href={href}>{text}</OutsideLink>;
}

function Part({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
