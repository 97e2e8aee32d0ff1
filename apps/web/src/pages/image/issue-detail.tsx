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
import { IssuePriority } from './issue-priority.tsx';
import { IssueTriage } from './issue-triage.tsx';
import { IssueVexStatement } from './issue-vex.tsx';
import { PackageOrigin } from './package-origin.tsx';

/** All that is known of an issue: description, ids, ratings, references, and the layer that brought it. */
export function IssueDetail({ issue, project }: { readonly issue: Issue; readonly project: Project }) {
  const { title, problems, severities, classes, published_at, advisories } = issue.attributes;
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
        <Part name="Decision">
          <IssueTriage issue={issue} project={project} />
        </Part>
        {issue.attributes.vex && (
          <Part name="VEX">
            <IssueVexStatement vex={issue.attributes.vex} />
          </Part>
        )}
        <Part name="In the image">
          <Origins issue={issue} paths={pathsOf(whole.data)} project={project} />
        </Part>
        <Part name="Priority">
          <IssuePriority issue={issue} />
        </Part>
        {whole.data && <AffectedVersions issue={whole.data} />}
        <Part name="Ids">
          <ul>
            {problems.map(({ id, source, url }) => (
              <li key={`${source} ${id}`}>
                <MaybeLink url={url} text={id} /> <small>{source}</small>
              </li>
            ))}
          </ul>
        </Part>
        {classes.length > 0 && (
          <Part name="Weakness">
            {classes.map(({ id }) => (
              <div key={id}>
                <MaybeLink url={cweUrl(id)} text={id} />
              </div>
            ))}
          </Part>
        )}
        {severities.length > 0 && (
          <Part name="Rated, the first of these counts">
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
function Origins({
  issue,
  paths,
  project,
}: {
  readonly issue: Issue;
  /** What leads to the package, the outermost first. */
  readonly paths: readonly (readonly string[])[];
  readonly project: Project;
}) {
  const query = usePackages(useOrgId(), project.id, project.meta.image.scanned_at);
  const { items, isReading } = useWholeList<ProjectPackage>(query);
  const [coordinate] = issue.attributes.coordinates;
  return packagesOf(issue).map(({ package_name: name, package_version: version, purl }) => {
    const found = items.find(({ attributes }) => attributes.purl === purl);
    return (
      <div key={purl} className={styles.origin}>
        <b>
          {name} {version}
        </b>
        {coordinate?.introduced_by?.in_base_image !== undefined && (
          <div>
            {coordinate.introduced_by.in_base_image ? 'Comes with the base image' : 'Added to the base image'}
          </div>
        )}
        {paths.map((path) => (
          <div key={path.join(' ')}>{path.join(' → ')}</div>
        ))}
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

/** What the advisories call affected; the package may be looked up by the name of its source. */
function AffectedVersions({ issue }: { readonly issue: Issue }) {
  const affected = issue.attributes.coordinates.flatMap((coordinate) => coordinate.affected_versions ?? []);
  if (affected.length === 0) return null;
  return (
    <Part name="Versions affected">
      {affected.map(({ advisory, package_name: name, versions }, index) => (
        // The same advisory may speak of a package several times.
        <div key={`${advisory} ${index}`}>
          {name} {versions.join(' or ')} <small>{advisory}</small>
        </div>
      ))}
    </Part>
  );
}

function pathsOf(issue: Issue | undefined): string[][] {
  return (issue?.attributes.coordinates ?? []).flatMap((coordinate) => coordinate.dependency_paths ?? []);
}

/** MITRE's page about a kind of weakness. */
function cweUrl(id: string): string | undefined {
  const number = /^CWE-(\d+)$/.exec(id)?.[1];
  return number === undefined ? undefined : `https://cwe.mitre.org/data/definitions/${number}.html`;
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
