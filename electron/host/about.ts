import type { About } from '../contract/pages.ts'

/** What this process stands on. */
export function aboutOf(version: string): About {
  // beyond Electron the two are not there
  const versions = new Map(Object.entries(process.versions))
  return {
    version,
    node: process.versions.node,
    electron: versions.get('electron') ?? null,
    chromium: versions.get('chrome') ?? null,
    platform: `${process.platform} ${process.arch}`,
  }
}
