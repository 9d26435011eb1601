import type { ChildProcess } from 'node:child_process'

export declare function startFollowed(start: () => ChildProcess): { child: ChildProcess; isAskedToEnd: () => boolean }
export declare function exitCode(code: number | null, signal: NodeJS.Signals | null): number
