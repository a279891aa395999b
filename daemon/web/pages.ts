/** All pages. Each file in pages/ lists its own; for a resource, the first page that fits is used. */
import { createAccountPages } from './pages/account.tsx'
import { createAllAlertsRoutes } from './pages/alerts/all-alerts.tsx'
import { createAlertPages } from './pages/alerts/alert-pages.ts'
import { createConnectPages } from './pages/connect/connect.tsx'
import { createFirstRunPages } from './pages/connect/first-run.tsx'
import { createControllerPages } from './pages/controller/controller-pages.ts'
import { createControllerRoutes } from './pages/controller/controllers.tsx'
import { createDashboardPages } from './pages/dashboard/dashboard-pages.ts'
import { createFavouriteRoutes } from './pages/dashboard/favourites.ts'
import { createCitePages } from './pages/datasets/cite.tsx'
import { createExtensionPages } from './pages/extensions/extension-pages.ts'
import { createDocumentationPages } from './pages/documentation.ts'
import { createFilePages } from './pages/file/file.tsx'
import { createFolderPages, createTrendRoutes } from './pages/folder/folder.tsx'
import { createHomePages } from './pages/home.tsx'
import { createOrganizationPages } from './pages/organization/organization-pages.ts'
import { createLinkPages } from './pages/permissions/links.tsx'
import { createPermissionPages } from './pages/permissions/permissions.tsx'
import { createAccountRequestPages } from './pages/people/account-request.tsx'
import { createConfirmPages } from './pages/people/confirm.tsx'
import { createForgottenPasswordPages } from './pages/people/forgotten-password.tsx'
import { createNewPasswordPages } from './pages/people/new-password.tsx'
import { createSecondFactorPages } from './pages/people/second-factors.tsx'
import { createSettingsPages } from './pages/people/settings.tsx'
import { createSignUpPages } from './pages/people/sign-up.tsx'
import { createSearchPages } from './pages/search.tsx'
import { createSharedPages } from './pages/shared.tsx'
import { createChartableRoutes } from './pages/sequence/chartable.ts'
import { createSequencePages } from './pages/sequence/sequence-pages.ts'
import { createSystemPages } from './pages/system/system-pages.ts'
import type { PageRoute, ResourcePage } from './page.ts'

export const pages: readonly PageRoute[] = [
  createHomePages(),
  createAccountPages(),
  createFirstRunPages(),
  createConnectPages(),
  createSettingsPages(),
  createAccountRequestPages(),
  createConfirmPages(),
  createSecondFactorPages(),
  createSignUpPages(),
  createForgottenPasswordPages(),
  createNewPasswordPages(),
  createTrendRoutes(),
  createChartableRoutes(),
  createFavouriteRoutes(),
  createSearchPages(),
  createSharedPages(),
  createControllerRoutes(),
  createAllAlertsRoutes(),
  createSystemPages(),
  createExtensionPages(),
  createDocumentationPages(),
].flat()

export const resourcePages: readonly ResourcePage[] = [
  createOrganizationPages(),
  createPermissionPages(),
  createLinkPages(),
  createCitePages(),
  createAlertPages(),
  createControllerPages(),
  createDashboardPages(),
  createFilePages(),
  createSequencePages(),
  createFolderPages(),
].flat()
