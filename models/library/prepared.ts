import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { PrecisionSchema } from '../common/values.ts'
import { PLAN_FILE } from '../plan/layout.ts'
import { modelId } from '../prepare/prepare.ts'
import { SourceHashes } from '../prepare/source-hash.ts'

const NamedPlanSchema = v.looseObject({ name: v.string(), precision: PrecisionSchema })

/**
 * Removes what was prepared of a model folder, before the folder itself goes. Only where a prepared model of this name is
 * there are the weights compared, which takes reading them unless their hashes are remembered.
 * @param names that the model may have been prepared by
 */
export async function removePrepared(source: string, cacheFolder: string, names: readonly string[]): Promise<void> {
  if (!existsSync(cacheFolder)) return
  const hashes = new SourceHashes(cacheFolder)
  for (const entry of readdirSync(cacheFolder, { withFileTypes: true })) {
    const plan = entry.isDirectory() ? readPlan(path.join(cacheFolder, entry.name, PLAN_FILE)) : null
    if (!plan || !names.includes(plan.name)) continue
    try {
      const id = await modelId(source, plan.precision, { hashes })
      if (id === entry.name) rmSync(path.join(cacheFolder, id), { recursive: true, force: true })
    } catch {
      // what cannot be read was never prepared as it is now
      return
    }
  }
}

function readPlan(file: string): v.InferOutput<typeof NamedPlanSchema> | null {
  try {
    return v.parse(NamedPlanSchema, JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
