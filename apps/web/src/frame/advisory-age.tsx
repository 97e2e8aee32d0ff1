import { useAdvisoryFeeds } from '../api/advisory-feeds.ts';
import { Time } from '../components/time.tsx';
import { useNow } from '../components/use-now.ts';
import { counted } from '../domain/count.ts';
import { advisoryAge } from '../domain/advisory-age.ts';

/** One line about how fresh the vulnerability data is. */
export function AdvisoryAge() {
  const feeds = useAdvisoryFeeds();
  const now = useNow();
  if (!feeds.data) return feeds.isError ? <span>The age of the advisory data is not known</span> : null;

  const { advisories, ecosystems, newestAt, isOld, errors } = advisoryAge(feeds.data, now);
  if (advisories === 0)
    return <span style={{ color: 'var(--warn)' }}>No advisory data was imported yet</span>;
  return (
    <span style={isOld || errors.length > 0 ? { color: 'var(--warn)' } : undefined} title={errors.join('\n')}>
      {errors.length > 0 && `${counted(errors.length, 'feed')} failed · `}
      Advisory data from <Time at={newestAt} otherwise="unknown age" />
      <small>
        {' '}
        · {counted(advisories, 'advisory', 'advisories')} in {counted(ecosystems, 'ecosystem')}
      </small>
    </span>
  );
}
