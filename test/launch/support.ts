import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder } from '../models/support.ts'

/** Of a start that may have to build the app before. */
const SAID_WITHIN_MS = 60_000
const launch = path.join(import.meta.dirname, '../../electron/launch')

/** A folder like the repository, with the real first step and nothing else that is real: no network, no build. */
export class Project {
  readonly root = temporaryFolder()

  constructor() {
    // other users of this machine may look
    chmodSync(this.root, 0o755)
    for (const file of ['run.mjs', 'signals.mjs', 'start.ts'])
      cpSync(path.join(launch, file), this.at('electron/launch', file))
    this.write('package.json', '{ "type": "module" }')
    this.write('package-lock.json', '{}')
    this.write('node_modules/node/bin/node', '')
    this.write('node_modules/.package-lock.json', '{}')
    symlinkSync(process.execPath, this.at('node_modules/node/bin/real'))
    this.script('node_modules/node/bin/node', `exec "${this.at('node_modules/node/bin/real')}" "$@"`)
  }

  at(...parts: string[]): string {
    return path.join(this.root, ...parts)
  }

  write(file: string, text: string): void {
    mkdirSync(path.dirname(this.at(file)), { recursive: true })
    writeFileSync(this.at(file), text)
  }

  /** An executable of the shell. */
  script(file: string, text: string): void {
    this.write(file, `#!/bin/sh\n${text}\n`)
    chmodSync(this.at(file), 0o755)
  }

  /** As after a pull that brought another lock file. */
  makeStale(): void {
    utimesSync(this.at('node_modules/.package-lock.json'), 1, 1)
  }
}

/** A process under way, and what it has said. */
export class Started {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  private readonly ended: Promise<number | NodeJS.Signals | null>

  constructor(program: string, args: readonly string[], options: SpawnOptions) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = new Promise((resolve) =>
      this.child.once('close', (code, signal) => {
        resolve(code ?? signal)
      }),
    )
  }

  /** @returns the exit code, or the signal that ended it */
  end(): Promise<number | NodeJS.Signals | null> {
    return this.ended
  }

  async says(what: RegExp): Promise<void> {
    const start = Date.now()
    while (!what.test(this.stdout + this.stderr)) {
      if (Date.now() - start > SAID_WITHIN_MS) throw new Error(`${what} was never said: ${this.stdout}${this.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
