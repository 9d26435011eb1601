/**
 * `npm run screenshots`: the pictures of the documentation, then one of every screen to be looked at; `-- screens`: these
 * alone.
 */
if (process.argv[2] !== 'screens') await import('./documentation.ts')
await import('./screens.ts')

export {}
