import type { About } from '../contract/pages.ts'

/** What this process stands on. */
export function aboutOf(version: string): About {
  const { node, electron, chrome } = process.versions
  return {
    version,
    node,
    electron: electron ?? null,
    chromium: chrome ?? null,
    platform: `${process.platform} ${process.arch}`,
  }
}
