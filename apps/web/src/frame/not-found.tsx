import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../components/empty-state.tsx';
import { SearchIcon } from '../components/icons.tsx';

/** There is no page at this address. */
export function NotFound() {
  return (
    <EmptyState
      icon={<SearchIcon size={26} />}
      title="There is no page at this address"
      action={<Button renderRoot={(props) => <Link to="/images" {...props} />}>Go to the images</Button>}
    />
  );
}
