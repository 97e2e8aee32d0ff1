import { AppShell, Burger, Container, NavLink } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useSession } from '../api/session.ts';
import { Failure } from '../components/failure.tsx';
import { ActivityIcon, ImagesIcon, RegistriesIcon, SettingsIcon } from '../components/icons.tsx';
import { Mark } from '../components/mark.tsx';
import { NothingYet } from '../components/nothing-yet.tsx';
import { AdvisoryAge } from './advisory-age.tsx';
import styles from './frame.module.css';
import { OrgContext } from './org-context.ts';
import { UserMenu } from './user-menu.tsx';

const places = [
  { to: '/images', label: 'Images', Icon: ImagesIcon },
  { to: '/registries', label: 'Registries', Icon: RegistriesIcon },
  { to: '/activity', label: 'Activity', Icon: ActivityIcon, permission: 'org.audit_log.read' },
  { to: '/settings', label: 'Settings', Icon: SettingsIcon },
] as const;

/** What stands around every page of a person who is signed in. */
export function Frame() {
  const session = useSession();
  const { pathname } = useLocation();
  const [isOpen, { toggle, close }] = useDisclosure();
  const permissions = session.data?.self.attributes.permissions ?? [];
  const isAllowed = (place: (typeof places)[number]) =>
    !('permission' in place) || permissions.includes(place.permission);

  return (
    <AppShell
      header={{ height: 56 }}
      footer={{ height: 32 }}
      navbar={{ width: 196, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
    >
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <AppShell.Header className={styles.header}>
        <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
        <Link to="/images" className={styles.brand}>
          <Mark />
          <b>Plimsoll</b>
        </Link>
        <span className={styles.org}>{session.data?.org.attributes.name}</span>
        <UserMenu self={session.data?.self} />
      </AppShell.Header>

      <AppShell.Navbar className={styles.nav} aria-label="Pages">
        {places.filter(isAllowed).map(({ to, label, Icon }) => (
          <NavLink
            key={to}
            label={label}
            leftSection={<Icon size={18} />}
            active={pathname.startsWith(to)}
            aria-current={pathname.startsWith(to) ? 'page' : undefined}
            onClick={close}
            renderRoot={(props) => <Link to={to} {...props} />}
          />
        ))}
      </AppShell.Navbar>

      <AppShell.Main id="content" className={styles.main}>
        <Container size={1240} px={{ base: 'sm', sm: 'lg' }} py={{ base: 'md', sm: 'lg' }}>
          {session.data && (
            <OrgContext value={session.data.org.id}>
              <Outlet />
            </OrgContext>
          )}
          {session.isPending && <NothingYet />}
          {session.isError && !session.data && (
            <Failure what="The page could not be opened" error={session.error} onRetry={session.refetch} />
          )}
        </Container>
      </AppShell.Main>

      <AppShell.Footer className={styles.footer}>{session.data && <AdvisoryAge />}</AppShell.Footer>
    </AppShell>
  );
}
