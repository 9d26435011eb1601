import * as v from 'valibot'
import type { Curve } from '../contract/tuning.ts'
import { CurveSchema } from '../contract/tuning.ts'
import type { Connection } from './connection.ts'
import { fromJson } from './rows.ts'

/** Whose curve it is. */
export interface CurveKey {
  /** Of the library. */
  modelId: string
  /** Id of the weights at their precision: another one means that the folder holds another model by now. */
  weights: string
  device: Curve['device']
  precision: Curve['precision']
}

/** What was measured of models along the budget, the last of each model, device and precision. */
export class Curves {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** null where nothing was measured, or it cannot be read. */
  read({ modelId, weights, device, precision }: CurveKey): Curve | null {
    const row = this.connection.get(
      `SELECT device, precision, text, at, points FROM curve
       WHERE model_id = :modelId AND weights = :weights AND device = :device AND precision = :precision`,
      { modelId, weights, device, precision },
    )
    const curve = v.safeParse(CurveSchema, row && { ...row, points: fromJson(row.points) })
    return curve.success ? curve.output : null
  }

  write({ modelId, weights }: Pick<CurveKey, 'modelId' | 'weights'>, curve: Curve): void {
    const { device, precision, text, at, points } = curve
    this.connection.transaction(() =>
      this.connection.run(
        `INSERT OR REPLACE INTO curve (model_id, weights, device, precision, text, at, points)
         VALUES (:modelId, :weights, :device, :precision, :text, :at, :points)`,
        { modelId, weights, device, precision, text, at, points: JSON.stringify(points) },
      ),
    )
  }

  /** All of a model's. */
  forget(modelId: string): void {
    this.connection.transaction(() => this.connection.run('DELETE FROM curve WHERE model_id = :modelId', { modelId }))
  }
}
