import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { BrowserWindow, Rectangle } from 'electron'
import { screen } from 'electron'
import * as v from 'valibot'

const SizeSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(100), v.maxValue(20_000))
const PlaceSchema = v.pipe(v.number(), v.safeInteger())
const BoundsSchema = v.object({
  bounds: v.object({ x: PlaceSchema, y: PlaceSchema, width: SizeSchema, height: SizeSchema }),
  isMaximized: v.boolean(),
})

export interface Bounds {
  bounds: Partial<Rectangle>
  isMaximized: boolean
}

const FIRST: Bounds = { bounds: { width: 1280, height: 800 }, isMaximized: false }

const fileIn = (dataFolder: string): string => path.join(dataFolder, 'window.json')

/** Where the window was last, as far as that is still on a screen. */
export function readBounds(dataFolder: string): Bounds {
  try {
    const { bounds, isMaximized } = v.parse(BoundsSchema, JSON.parse(readFileSync(fileIn(dataFolder), 'utf8')))
    return { bounds: isVisible(bounds) ? bounds : FIRST.bounds, isMaximized }
  } catch {
    return FIRST
  }
}

/** Not worth an error where it fails. */
export function rememberBounds(window: BrowserWindow, dataFolder: string): void {
  window.on('close', () => {
    const seen: Bounds = { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() }
    try {
      writeFileSync(fileIn(dataFolder), JSON.stringify(seen), { mode: 0o600 })
    } catch {
      return
    }
  })
}

function isVisible({ x, y, width }: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const isBeside = x + width < workArea.x + 100 || x > workArea.x + workArea.width - 100
    return !isBeside && y >= workArea.y - 10 && y < workArea.y + workArea.height - 50
  })
}
