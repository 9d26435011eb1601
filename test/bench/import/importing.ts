import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { WEIGHTS_FILE } from '../../../models/plan/layout.ts'
import { PUBLISHED } from '../gpu/published.ts'
import type { Published } from './folder.ts'
import { writeFolder } from './folder.ts'

/** As they are published: Huginn stores the tied head besides. */
const FORMS: Readonly<Record<string, Published>> = {
  'Ouro-1.4B': { type: 'BF16', shards: 1, also: {} },
  'Huginn-0125': { type: 'F32', shards: 4, also: { 'lm_head.weight': [65_536, 5280] } },
}

/**
 * Writes a folder of random weights in a published shape, imports it and asks it something; prints what that took and
 * removes both. @param where a disk with room for it, by default the system's place for temporary files
 */
export async function importing(name = '', where = tmpdir()): Promise<void> {
  const form = FORMS[name]
  if (!form) {
    process.stderr.write(`Say which: ${Object.keys(FORMS).join(', ')}, and where to write it\n`)
    process.exit(2)
  }
  const folder = mkdtempSync(path.join(where, 'depthwise-import-'))
  const [source, target] = [path.join(folder, 'published'), path.join(folder, 'imported')]
  try {
    process.stdout.write(`writing ${name} …\n`)
    await writeFolder(PUBLISHED[name]!, form, source)
    run('import', source, '--to', target)
    process.stdout.write(`weights: ${(statSync(path.join(target, WEIGHTS_FILE)).size / 1e9).toFixed(2)} GB\n`)
    rmSync(source, { recursive: true })
    run('ask', 'Hello', '--model', target, '--max-tokens', '4', '--temperature', '0', '--json')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(command: string, ...args: string[]): void {
  const env = { ...process.env, DEPTHWISE_MEASURE: '1' }
  spawnSync(process.execPath, [`models/cli/${command}.ts`, ...args], { stdio: ['ignore', 'inherit', 'inherit'], env })
}
