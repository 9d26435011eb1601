import * as v from 'valibot'
import { BudgetSchema, PaceSchema, SpeedSchema } from '../../models/common/values.ts'

/** Who decides about the budget of the answers in conversations. */
export const PaceChoiceSchema = v.picklist(['hand', 'hold', 'quiet'])
export type PaceChoice = v.InferOutput<typeof PaceChoiceSchema>

/** What a person chose of it; speeds in tokens per second, budgets in percent. */
export const PaceSettingsSchema = v.strictObject({
  mode: PaceChoiceSchema,
  /** To be held by `hold`. */
  atLeast: SpeedSchema,
  /** Bounds of `quiet`. */
  atMost: SpeedSchema,
  quietBudget: BudgetSchema,
  /** While the machine runs on its battery: as chosen; quiet; or no more than `batteryBudget`. */
  onBattery: v.picklist(['same', 'quiet', 'lower']),
  batteryBudget: BudgetSchema,
})
export type PaceSettings = v.InferOutput<typeof PaceSettingsSchema>

export const DEFAULT_PACE: PaceSettings = {
  mode: 'hand',
  atLeast: 10,
  atMost: 6,
  quietBudget: 25,
  onBattery: 'same',
  batteryBudget: 25,
}

/** What is in force now. */
export const PaceStateSchema = v.strictObject({
  /** null: nothing decides in the person's place. */
  pace: v.nullable(PaceSchema),
  /** It is in force because the machine runs on its battery. */
  forBattery: v.boolean(),
  /** null: this cannot be told here. */
  onBattery: v.nullable(v.boolean()),
})
export type PaceState = v.InferOutput<typeof PaceStateSchema>

export const PACE_CALLS = {
  'pace.read': { params: v.strictObject({}), result: PaceStateSchema },
  /** The person decides again; on battery, until the machine is plugged in or out the next time. */
  'pace.byHand': { params: v.strictObject({}), result: PaceStateSchema },
} as const

export const PACE_EVENTS = { 'pace.changed': PaceStateSchema } as const
