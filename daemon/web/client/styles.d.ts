/** Styles that scripts of pages bring along; the build bundles them. */
declare module '*.css'
