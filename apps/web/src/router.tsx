import { createRootRoute, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { Frame } from './frame/frame.tsx';
import { NotFound } from './frame/not-found.tsx';
import { ActivityPage } from './pages/activity/activity-page.tsx';
import { parseActivitySearch } from './pages/activity/activity-search.ts';
import { parseImageSearch } from './pages/image/image-search.ts';
import { ImagePage } from './pages/image/image-page.tsx';
import { parseImagesSearch } from './pages/images/images-search.ts';
import { ImagesPage } from './pages/images/images-page.tsx';
import { PolicyPage } from './pages/policy/policy-page.tsx';
import { RegistriesPage } from './pages/registries/registries-page.tsx';
import { InvitePage } from './pages/invite/invite-page.tsx';
import { SettingsPage } from './pages/settings/settings-page.tsx';
import { SyncPage } from './pages/sync/sync-page.tsx';
import { parseSyncSearch } from './pages/sync/sync-search.ts';
import { parseSignInSearch } from './pages/sign-in/sign-in-search.ts';
import { SignInPage } from './pages/sign-in/sign-in-page.tsx';
import { parseSearch, stringifySearch } from './url-search.ts';

// Each route has a name of its own: written inside the list, a route loses the type of its search.
const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: parseSignInSearch,
  component: SignInPage,
});
const invite = createRoute({ getParentRoute: () => root, path: '/invite', component: InvitePage });
const frame = createRoute({ getParentRoute: () => root, id: 'frame', component: Frame });
const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/images', replace: true });
  },
});
const images = createRoute({
  getParentRoute: () => frame,
  path: '/images',
  validateSearch: parseImagesSearch,
  component: ImagesPage,
});
const image = createRoute({
  getParentRoute: () => frame,
  path: '/images/$projectId',
  validateSearch: parseImageSearch,
  component: ImagePage,
});
const registries = createRoute({
  getParentRoute: () => frame,
  path: '/registries',
  component: RegistriesPage,
});
const sync = createRoute({
  getParentRoute: () => frame,
  path: '/registries/$integrationId',
  validateSearch: parseSyncSearch,
  component: SyncPage,
});
const policy = createRoute({
  getParentRoute: () => frame,
  path: '/registries/$integrationId/policy',
  component: PolicyPage,
});
const activity = createRoute({
  getParentRoute: () => frame,
  path: '/activity',
  validateSearch: parseActivitySearch,
  component: ActivityPage,
});
const settings = createRoute({ getParentRoute: () => frame, path: '/settings', component: SettingsPage });

/** The page map; the state of every list is in the search part of its address. */
export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    invite,
    frame.addChildren([home, images, image, registries, sync, policy, activity, settings]),
  ]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
