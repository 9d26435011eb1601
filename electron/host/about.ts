import type { About } from '../contract/pages.ts'

/** What this process stands on. */
export function aboutOf(version: string): About {
  // under Node alone there is no Electron
  const versions: Partial<Record<string, string>> = process.versions
  return {
    version,
    node: process.versions.node,
    electron: versions['electron'] ?? null,
    chromium: versions['chrome'] ?? null,
    platform: `${process.platform} ${process.arch}`,
  }
}
