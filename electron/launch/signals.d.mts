import type { ChildProcess } from 'node:child_process'

export declare function followSignals(child: ChildProcess): () => boolean
export declare function exitCode(code: number | null, signal: NodeJS.Signals | null): number
